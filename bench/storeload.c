/* Copyright The Wanwu authors. SPDX-License-Identifier: Apache-2.0
 *
 * storeload - bounded generator of observations for a store on THIS machine.
 *
 * Build:  gcc -O2 -Wall -o storeload storeload.c -lm
 *
 * Sends the same observations to Wanwu (MQTT QoS 1, or HTTP), to InfluxDB and VictoriaMetrics
 * (line protocol over HTTP), or to standard output (CSV for PostgreSQL's COPY), waits for
 * the acknowledgements and reports rate, latency, the longest pause, and the server's
 * processor time and memory. It refuses any target that is not 127.0.0.0/8, and is bounded
 * in count and time. One thread, epoll.
 *
 * The observations: things with ten properties each; every thing reports all ten at once,
 * tick by tick, a tick every -I milliseconds. Values have two decimals. Each is a level, a
 * daily wave, a yearly wave and noise that remembers (0.9 of the last tick's) - a
 * temperature, a humidity, a pressure, and so on: see kinds[] - but for the last, an energy
 * counter that only rises. They depend on series and tick alone: every store gets the same.
 *
 * Usage: storeload [options]
 *   -d DOOR    mqtt | http | lines | csv                     (mqtt)
 *   -p PORT    port on 127.0.0.1
 *   -u USER -P PASSWORD   for MQTT     -H LINE  a header line for HTTP     -D PATH  of lines (/write?db=bench&precision=ms)
 *   -i FILE    the things' ids, one a line (their numbers unless given)
 *   -s N       things (1000)
 *   -c N       clients (64); each has things of its own      -w N  in flight for each, MQTT only (1)
 *   -b N       observations a request, a multiple of ten (10)
 *   -n N       observations in all (1000000), rounded to whole ticks
 *   -o MS      time of the first tick, milliseconds since 1970   -I MS  time between two (3150000)
 *   -r RATE    open loop: observations/s, each with the present time; latency counts from when it was due
 *   -k N       ticks that went before: noise and counters go on from there (0)
 *   -t SEC     time limit (600)
 *   -z PID     the server's process, sampled five times a second
 *   -S FILE    a line for each second: second, observations acknowledged, MB resident, CPU seconds, longest latency in ms
 * An open loop that is told to end (SIGTERM, SIGINT) waits for what is under way and reports.
 * Output: one line of JSON. Exit status 0 when everything was acknowledged in the time limit.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PROPERTIES = 10, WAVE = 1024 };
enum { MQTT, HTTP, LINES, CSV };

/* Each property's level, daily and yearly wave and noise (standard deviation), and the lowest it may be. */
static const struct { const char *name; double level, day, year, noise, lowest; } kinds[PROPERTIES] = {
    { "temperature", 14, 4, 12, 0.25, -60 }, { "humidity", 60, 12, 8, 0.6, 0 }, { "pressure", 1013, 0.8, 4, 0.12, 800 },
    { "pm25", 48, 9, 22, 1.6, 0 }, { "noise", 52, 7, 0.5, 1.1, 20 }, { "voltage", 231, 1.2, 0.4, 0.35, 0 }, { "current", 9, 4, 1.5, 0.3, 0 },
    { "flow", 3.2, 1.4, 0.3, 0.15, 0 }, { "level", 2.1, 0.1, 0.6, 0.02, 0 }, { "energy", 0, 0, 0, 0.3, 0 },
};

typedef struct {
    int fd, idx, inflight, want_out, up, mine;
    uint16_t nextid;
    uint64_t at;                       /* position among the own things */
    uint64_t tick;                     /* the next tick of the own things */
    uint64_t *sent_at;                 /* by packet identifier; HTTP: the first */
    char *out; size_t outlen, outoff, outcap;
    char in[4096]; size_t inlen;
} client;

static int door, port, clients = 64, window = 1, per_request = 10, things = 1000, limit_s = 600, pid;
static uint64_t wanted = 1000000, skip; static long long origin, interval = 3150000; static double rate;
static const char *user, *pass, *header, *path = "/write?db=bench&precision=ms", *ids_file; static FILE *seconds;
static char **ids; static client *cs; static int ep, ready; static uint32_t slots;
static uint64_t ticks, outstanding, acked, bad, last_ack, longest_gap, last_due;
static float *ar; static uint32_t *rng; static double *energy; static int16_t *phase; static double wave[WAVE];

static uint64_t now_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static long long wall_ms(void) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec * 1000ll + t.tv_nsec / 1000000; }
static void die(const char *m) { fprintf(stderr, "storeload: %s (%s)\n", m, strerror(errno)); exit(2); }

/* latencies: log-linear, 64 steps for each power of two, microseconds * 16 */
static struct { uint64_t b[64 * 48], n, max; } lat; static uint64_t second_max;
static int bin(uint64_t v) { if (v < 64) return v; int e = 63 - __builtin_clzll(v), i = (e - 5) * 64 + ((v >> (e - 6)) & 63); return i < 64 * 48 ? i : 64 * 48 - 1; }
static void note(uint64_t ns) { uint64_t v = ns * 16 / 1000; lat.b[bin(v)]++; lat.n++; if (v > lat.max) lat.max = v; if (v > second_max) second_max = v; }
static double quantile(double q) {
    uint64_t t = lat.n * q, s = 0;
    for (int i = 0; i < 64 * 48; i++) if ((s += lat.b[i]) > t) return (i < 64 ? i : (double)((64ull + (i & 63)) << (i / 64 - 1))) / 16000;
    return lat.max / 16000.0;
}

static double server_cpu(void) {
    char p[64], b[2048]; unsigned long u = 0, k = 0; snprintf(p, sizeof p, "/proc/%d/stat", pid); FILE *f = pid ? fopen(p, "r") : NULL; if (!f) return 0;
    size_t n = fread(b, 1, sizeof b - 1, f); fclose(f); b[n] = 0; char *q = strrchr(b, ')');
    return q && sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &k) == 2 ? (double)(u + k) / sysconf(_SC_CLK_TCK) : 0;
}
static double server_mb(void) {
    char p[64], b[256]; long k = 0; snprintf(p, sizeof p, "/proc/%d/status", pid); FILE *f = pid ? fopen(p, "r") : NULL; if (!f) return 0;
    while (fgets(b, sizeof b, f)) if (sscanf(b, "VmRSS: %ld", &k) == 1) break;
    fclose(f); return k / 1024.0;
}

/* -- the observations ------------------------------------------------------------------------------------------------------------------ */

static uint32_t next_random(uint32_t *s) { uint32_t x = *s; x ^= x << 13; x ^= x >> 17; x ^= x << 5; return *s = x; }
/* About normal: the bits of one number in four parts of eight. */
static double normal(uint32_t *s) { uint32_t x = next_random(s); return ((int)(x & 255) + (int)(x >> 8 & 255) + (int)(x >> 16 & 255) + (int)(x >> 24) - 510) / 147.8; }

static void prepare(void) {
    int n = things * PROPERTIES; ar = calloc(n, sizeof *ar); rng = calloc(n, sizeof *rng); energy = calloc(things, sizeof *energy); phase = calloc(n, sizeof *phase);
    for (int i = 0; i < WAVE; i++) wave[i] = sin(2 * M_PI * i / WAVE);
    for (int i = 0; i < n; i++) { rng[i] = 2654435761u * (i + 1) | 1; for (int k = 0; k < 8; k++) next_random(&rng[i]); phase[i] = next_random(&rng[i]) % 160; ar[i] = normal(&rng[i]); }
}

/* The value in hundredths; to be asked for tick by tick. */
static long value(int thing, int p, long long t) {
    int i = thing * PROPERTIES + p; double e = normal(&rng[i]);
    if (p == PROPERTIES - 1) return (energy[thing] += 0.05 + 0.25 * fabs(e)) * 100;
    ar[i] = 0.9f * ar[i] + 0.436f * (float)e;
    int day = (int)(t % 86400000 * WAVE / 86400000 + phase[i]) & (WAVE - 1), year = (int)(t / 1000 % 31557600 * WAVE / 31557600 + 700) & (WAVE - 1);
    double v = kinds[p].level * (1 + 0.002 * (thing % 50)) + kinds[p].day * wave[day] + kinds[p].year * wave[year] + kinds[p].noise * ar[i];
    return lrint((v < kinds[p].lowest ? kinds[p].lowest : v) * 100);
}

static char *text(char *p, const char *s) { size_t n = strlen(s); memcpy(p, s, n); return p + n; }
static char *digits(char *p, unsigned long long v) { char b[20]; int n = 0; do b[n++] = '0' + v % 10; while (v /= 10); while (n) *p++ = b[--n]; return p; }
static char *decimal(char *p, long v) { if (v < 0) { *p++ = '-'; v = -v; } p = digits(p, v / 100); *p++ = '.'; *p++ = '0' + v / 10 % 10; *p++ = '0' + v % 10; return p; }

static char *json(char *p, int thing, long long t) {
    p = text(p, "{\"t\":"); p = digits(p, t); p = text(p, ",\"values\":{");
    for (int i = 0; i < PROPERTIES; i++) { if (i) *p++ = ','; *p++ = '"'; p = text(p, kinds[i].name); *p++ = '"'; *p++ = ':'; p = decimal(p, value(thing, i, t)); }
    *p++ = '}'; *p++ = '}'; return p;
}
static char *line(char *p, int thing, long long t) {
    p = text(p, "observations,thing="); p = text(p, ids[thing]); *p++ = ' ';
    for (int i = 0; i < PROPERTIES; i++) { if (i) *p++ = ','; p = text(p, kinds[i].name); *p++ = '='; p = decimal(p, value(thing, i, t)); }
    *p++ = ' '; p = digits(p, t); *p++ = '\n'; return p;
}
static void csv(void) {
    char b[65536], at[40];
    for (uint64_t k = skip; k < skip + ticks; k++) {
        long long t = origin + (long long)k * interval; time_t s = t / 1000; struct tm g; gmtime_r(&s, &g); strftime(at, sizeof at, "%Y-%m-%d %H:%M:%S", &g); sprintf(at + 19, ".%03lldZ,", t % 1000);
        for (int j = 0; j < things; j++) {
            char *p = b;
            for (int i = 0; i < PROPERTIES; i++) { p = digits(p, j * PROPERTIES + i + 1); *p++ = ','; p = text(p, at); p = decimal(p, value(j, i, t)); *p++ = '\n'; }
            fwrite(b, 1, p - b, stdout);
        }
    }
}

/* -- the clients ----------------------------------------------------------------------------------------------------------------------- */

static void watch(client *c, int add) { struct epoll_event e = { .events = EPOLLIN | (c->want_out ? EPOLLOUT : 0), .data.ptr = c }; if (epoll_ctl(ep, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl"); }
static void flush_out(client *c) {
    while (c->outoff < c->outlen) {
        ssize_t n = write(c->fd, c->out + c->outoff, c->outlen - c->outoff);
        if (n < 0) { if (errno == EAGAIN) break; if (errno == EINTR) continue; die("write: the server closed a connection"); }
        c->outoff += n;
    }
    int more = c->outoff < c->outlen; if (!more) c->outoff = c->outlen = 0;
    if (more != c->want_out) { c->want_out = more; watch(c, 0); }
}
static char *room(client *c, size_t n) { if (c->outlen + n > c->outcap) { c->outcap = (c->outlen + n) * 2; c->out = realloc(c->out, c->outcap); } return c->out + c->outlen; }
static char *length(char *p, uint32_t v) { do { uint8_t d = v & 127; v >>= 7; *p++ = v ? d | 128 : d; } while (v); return p; }
static char *counted(char *p, const char *s) { size_t n = strlen(s); *p++ = n >> 8; *p++ = n; memcpy(p, s, n); return p + n; }

/* The next request's body; the topic's thing comes back in `thing`. */
static size_t body(client *c, char *b, int *thing) {
    char *p = b; int reports = per_request / PROPERTIES; long long t = rate > 0 ? wall_ms() : 0;
    for (int i = 0; i < reports; i++) {
        int j = c->idx + (int)c->at * clients; *thing = j;
        uint64_t k = skip + c->tick + (door == LINES ? 0 : i); long long at = t ? t + i : origin + (long long)k * interval;
        if (door == LINES) {
            p = line(p, j, at);
            if (++c->at == (uint64_t)c->mine) { c->at = 0; if (++c->tick == ticks) break; }
        } else {
            if (reports > 1) *p++ = i ? ',' : '[';
            p = json(p, j, at);
            if (c->tick + i + 1 == ticks) { reports = i + 1; break; }
        }
    }
    if (door != LINES) {
        if (per_request > PROPERTIES) *p++ = ']';
        if (++c->at == (uint64_t)c->mine) { c->at = 0; c->tick += reports; }
    }
    return p - b;
}
static void send_one(client *c, uint64_t when) {
    static char b[4 << 20]; int thing = 0; size_t n = body(c, b, &thing); char *p = room(c, n + 1024), *start = p, topic[128];
    if (door == MQTT) {
        snprintf(topic, sizeof topic, "v1/things/%s/report", ids[thing]);
        *p++ = 0x32; p = length(p, 2 + strlen(topic) + 2 + n); p = counted(p, topic);
        if (++c->nextid == 0) c->nextid = 1;
        *p++ = c->nextid >> 8; *p++ = c->nextid; c->sent_at[c->nextid & slots] = when;
    } else {
        if (door == HTTP) p += sprintf(p, "POST /api/v1/things/%s/report HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n", ids[thing]);
        else p += sprintf(p, "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n", path);
        p += sprintf(p, "%s%sContent-Length: %zu\r\n\r\n", header ? header : "", header ? "\r\n" : "", n); c->sent_at[0] = when;
    }
    memcpy(p, b, n); c->outlen += p + n - start; c->inflight++; outstanding++;
}
static void pump(client *c, uint64_t when) {
    if (c->up < 2) return;
    while (c->inflight < window && c->tick < ticks) send_one(c, when);
    if (c->outlen) flush_out(c);
}
static void answered(client *c, uint64_t since, int good) {
    uint64_t now = now_ns(); note(now - since); c->inflight--; outstanding--;
    if (good) acked += per_request; else bad++;
    if (now - last_ack > longest_gap) longest_gap = now - last_ack;
    last_ack = now;
}
static size_t mqtt_packets(client *c) {
    size_t o = 0;
    while (c->inlen - o >= 4) {
        uint8_t type = c->in[o]; uint16_t id = (uint8_t)c->in[o + 2] << 8 | (uint8_t)c->in[o + 3];
        if (type == 0x20) { if (c->in[o + 3]) { fprintf(stderr, "storeload: CONNACK %d\n", c->in[o + 3]); exit(3); } c->up = 2; ready++; }
        else if (type == 0x40) { uint64_t *s = &c->sent_at[id & slots]; answered(c, *s, *s != 0); *s = 0; }
        else { fprintf(stderr, "storeload: unexpected packet %02x\n", type); exit(3); }
        o += 4;
    }
    return o;
}
static size_t http_answer(client *c) {
    char *end = memmem(c->in, c->inlen, "\r\n\r\n", 4); if (!end) return 0;
    size_t head = end + 4 - c->in, whole = head; *end = 0; char *n = strcasestr(c->in, "content-length:"); int chunked = strcasestr(c->in, "transfer-encoding: chunked") != NULL; *end = '\r';
    if (n) whole += atoi(n + 15);
    else if (chunked) { char *last = memmem(c->in + head - 2, c->inlen - head + 2, "\r\n0\r\n\r\n", 7); if (!last) return 0; whole = last + 7 - c->in; }
    if (c->inlen < whole) return 0;
    if (c->in[9] != '2' && bad < 3) fprintf(stderr, "storeload: %.300s\n", c->in);
    answered(c, c->sent_at[0], c->in[9] == '2'); return whole;
}
static void on_read(client *c) {
    ssize_t n = read(c->fd, c->in + c->inlen, sizeof c->in - c->inlen - 1);
    if (n == 0) { errno = 0; die("the server closed a connection"); }
    if (n < 0) { if (errno == EAGAIN || errno == EINTR) return; die("read"); }
    c->inlen += n; c->in[c->inlen] = 0;
    size_t o = door == MQTT ? mqtt_packets(c) : http_answer(c);
    if (o) { memmove(c->in, c->in + o, c->inlen - o); c->inlen -= o; }
}
static void connected(client *c) {
    int e = 0; socklen_t l = sizeof e; getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &l); if (e) { errno = e; die("connect"); }
    c->want_out = 0; watch(c, 0);
    if (door != MQTT) { c->up = 2; ready++; return; }
    char b[2048], *p = b, id[64]; snprintf(id, sizeof id, "storeload-%d-%d", getpid(), c->idx);
    p = counted(p, "MQTT"); *p++ = 4; *p++ = 2 | 0x80 | 0x40; *p++ = 2; *p++ = 88; p = counted(p, id); p = counted(p, user); p = counted(p, pass);
    c->up = 1; char *o = room(c, p - b + 8), *s = o; *o++ = 0x10; o = length(o, p - b); memcpy(o, b, p - b); c->outlen += o - s + (p - b); flush_out(c);
}
static void poll_once(int ms) {
    struct epoll_event ev[256]; int n = epoll_wait(ep, ev, 256, ms);
    for (int i = 0; i < n; i++) {
        client *c = ev[i].data.ptr;
        if (c->up == 0) { connected(c); continue; }
        if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_read(c);
        if ((ev[i].events & EPOLLOUT) && c->want_out) flush_out(c);
        if (rate <= 0 && c->up == 2 && last_due) pump(c, now_ns());
    }
}
static void open_clients(void) {
    cs = calloc(clients, sizeof *cs);
    for (int i = 0; i < clients; i++) {
        client *c = &cs[i]; c->idx = i; c->mine = things / clients + (i < things % clients); c->sent_at = calloc(slots + 1, 8); if (!c->mine) c->tick = ticks;
        c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); if (c->fd < 0) die("socket");
        int one = 1; setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
        struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
        if (connect(c->fd, (void *)&a, sizeof a) && errno != EINPROGRESS) die("connect");
        c->want_out = 1; watch(c, 1);
    }
    for (uint64_t t0 = now_ns(); ready < clients; poll_once(100)) if (now_ns() - t0 > 30000000000ull) { errno = 0; die("connections not ready in 30 s"); }
}

/* -- the run --------------------------------------------------------------------------------------------------------------------------- */

static volatile sig_atomic_t told_to_end;
static void on_signal(int s) { (void)s; told_to_end = 1; }
static int finished(void) { for (int i = 0; i < clients; i++) if (cs[i].tick < ticks || cs[i].inflight) return 0; return 1; }
static double rss_max;
static void sample(uint64_t now, uint64_t begun) {
    static uint64_t next, next_second, before; static int second;
    if (now < next) return;
    next = now + 200000000; double mb = server_mb(); if (mb > rss_max) rss_max = mb;
    if (!seconds || now < begun + (next_second ? next_second : 1000000000)) return;
    fprintf(seconds, "%d\t%llu\t%.0f\t%.2f\t%.1f\n", ++second, (unsigned long long)(acked - before), mb, server_cpu(), second_max / 16000.0); fflush(seconds);
    before = acked; second_max = 0; next_second = now - begun + 1000000000;
}

/* Open loop: request k is due at its time and belongs to client k modulo the clients. One that is not free is late, and its lateness counts. */
static void pump_due(uint64_t now, uint64_t begun) {
    static uint64_t sent; uint64_t due = (now - begun) / 1e9 * rate / per_request, all = wanted / per_request;
    if (told_to_end) all = sent;
    if (due > all) due = all;
    for (int passed = 0; sent < due && passed < clients; ) {
        client *c = &cs[sent % clients];
        if (c->inflight >= window) break;
        send_one(c, begun + (uint64_t)(sent * 1e9 * per_request / rate)); sent++; passed = 0;
        flush_out(c);
    }
    if (sent == all) for (int i = 0; i < clients; i++) cs[i].tick = ticks;
}
static int run(void) {
    double cpu = server_cpu(); uint64_t begun = now_ns(), limit = begun + limit_s * 1000000000ull, now; last_ack = last_due = begun;
    if (rate <= 0) for (int i = 0; i < clients; i++) pump(&cs[i], now_ns());
    for (int turns = 0;; turns++) {
        now = now_ns(); sample(now, begun);
        if (rate > 0) pump_due(now, begun);
        poll_once(rate > 0 ? 1 : 50);
        if ((rate > 0 || turns % 64 == 0 || !outstanding) && finished()) break;
        if (now > limit || bad > 1000) break;
    }
    now = now_ns(); double s = (now - begun) / 1e9, used = server_cpu() - cpu; if (rate <= 0 && acked > ticks * things * PROPERTIES) acked = ticks * things * PROPERTIES;
    printf("{\"seconds\":%.3f,\"observations\":%llu,\"rate\":%.0f,\"bad\":%llu,\"p50_ms\":%.2f,\"p99_ms\":%.2f,\"p999_ms\":%.2f,\"max_ms\":%.1f,\"gap_ms\":%.1f,\"cpu_s\":%.2f,\"cpu_us\":%.3f,\"rss_max_mb\":%.0f,\"complete\":%d}\n",
        s, (unsigned long long)acked, acked / s, (unsigned long long)bad, quantile(.5), quantile(.99), quantile(.999), lat.max / 16000.0, longest_gap / 1e6, used, acked ? used * 1e6 / acked : 0, rss_max, finished() && !bad);
    return finished() && !bad ? 0 : 1;
}

static void read_ids(void) {
    ids = calloc(things, sizeof *ids); char b[256]; FILE *f = ids_file ? fopen(ids_file, "r") : NULL; if (ids_file && !f) die(ids_file);
    for (int i = 0; i < things; i++) {
        if (!f) snprintf(b, sizeof b, "%d", i); else if (!fgets(b, sizeof b, f)) { errno = EINVAL; die("-i has fewer ids than there are things"); }
        b[strcspn(b, "\r\n")] = 0; ids[i] = strdup(b);
    }
    if (f) fclose(f);
}
static int door_of(const char *s) { static const char *names[] = { "mqtt", "http", "lines", "csv" }; for (int i = 0; i < 4; i++) if (!strcmp(s, names[i])) return i; errno = EINVAL; die(s); return 0; }
int main(int argc, char **argv) {
    int o;
    while ((o = getopt(argc, argv, "d:p:u:P:H:D:i:s:c:w:b:n:o:I:r:k:t:z:S:")) != -1) switch (o) {
        case 'd': door = door_of(optarg); break; case 'p': port = atoi(optarg); break; case 'u': user = optarg; break; case 'P': pass = optarg; break; case 'H': header = optarg; break; case 'D': path = optarg; break;
        case 'i': ids_file = optarg; break; case 's': things = atoi(optarg); break; case 'c': clients = atoi(optarg); break; case 'w': window = atoi(optarg); break; case 'b': per_request = atoi(optarg); break;
        case 'n': wanted = atoll(optarg); break; case 'o': origin = atoll(optarg); break; case 'I': interval = atoll(optarg); break; case 'r': rate = atof(optarg); break; case 'k': skip = atoll(optarg); break;
        case 't': limit_s = atoi(optarg); break; case 'z': pid = atoi(optarg); break; case 'S': seconds = fopen(optarg, "w"); break;
        default: fprintf(stderr, "see the comment at the top of storeload.c\n"); return 2;
    }
    if (things < 1 || things > 1000000 || clients < 1 || clients > 10000 || window < 1 || window > 1000 || per_request < PROPERTIES || per_request > 100000 || per_request % PROPERTIES || limit_s > 7200
        || (door == MQTT && (!user || !pass)) || (door != MQTT && window > 1)) { fprintf(stderr, "storeload: option out of range\n"); return 2; }
    if (clients > things) { fprintf(stderr, "storeload: each client has things of its own: -s %d things are too few for -c %d clients\n", things, clients); return 2; }
    ticks = rate > 0 ? UINT64_MAX : wanted / PROPERTIES / things; if (!ticks) ticks = 1;
    if (door != MQTT) window = 1;
    slots = 4; while (slots < (uint32_t)window + 2) slots *= 2; slots--;
    read_ids(); prepare(); ep = epoll_create1(0);
    for (uint64_t k = 0; k < skip; k++) for (int j = 0; j < things; j++) for (int i = 0; i < PROPERTIES; i++) value(j, i, origin + (long long)k * interval);
    if (door == CSV) { csv(); return 0; }
    if (rate > 0) { signal(SIGTERM, on_signal); signal(SIGINT, on_signal); }
    open_clients(); return run();
}
