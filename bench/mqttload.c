/* Copyright The Wanwu authors. SPDX-License-Identifier: Apache-2.0
 *
 * mqttload - bounded MQTT 3.1.1 / 5.0 load generator for a broker on THIS machine.
 *
 * Build:  gcc -O2 -Wall -o mqttload mqttload.c
 *
 * Opens N publisher connections (and optionally S subscribers), publishes small JSON
 * payloads at QoS 0/1, and reports throughput, ack latency, delivery latency, loss,
 * duplicates, reordering, and the broker's CPU seconds per million messages
 * (user+system of -z PID, read from /proc/PID/stat) and its memory.
 * It refuses any target that is not 127.0.0.0/8, and is bounded in count (-n) and
 * time (-t).  One thread, epoll.
 *
 * Usage: mqttload [options]
 *   -h ADDR    broker address, loopback only               (127.0.0.1)
 *   -p PORT    broker port                                 (1883)
 *   -V 4|5     protocol level 4 = MQTT 3.1.1, 5 = MQTT 5   (4)
 *   -c N       publisher connections                       (50)
 *   -q 0|1     publish QoS                                 (1)
 *   -w W       QoS 1: in-flight window per connection; QoS 0: messages per write (20)
 *   -n M       messages per run, over all connections      (200000)
 *   -R R       measured runs on the same connections       (3)
 *   -W M       warm-up messages before the first run       (n/4)
 *   -t SEC     time limit per run                          (60)
 *   -r RATE    open loop: total messages/s (latency is then measured from the time a
 *              message was due, so stalls are not hidden)   (0 = closed loop)
 *   -T TOPIC   topic, %d = connection index                (bench/d%d/telemetry)
 *   -m TMPL    payload template: %C connection (6 digits), %N sequence (10 digits),
 *              %T microseconds since epoch (16), %M milliseconds (13), %V value (7 chars)
 *              default {"c":%C,"n":%N,"t":%T,"v":%V}   (60 bytes)
 *   -s SIZE    pad the payload with spaces to SIZE bytes
 *   -u USER    user name, %d = connection index  -P PASS  password, likewise
 *   -U FILE    user names and passwords, one connection a line: user TAB password
 *   -i ID      client id prefix (mqttload)    -k SEC keep alive (600)
 *   -l         QoS 0: close the loop with a PINGREQ after every W messages
 *   -S N       subscribers (0)   -f FILTER (#), %d = index   -Q QOS of subscription (0)
 *              every subscriber is expected to get every message; with $share/... the
 *              group as a whole is
 *   -e N       every subscriber also subscribes N filters of its own that match nothing,
 *              100 a packet: bench/+/x%d/#
 *   -g SEC     wait at most SEC for outstanding deliveries after the last ack (10)
 *   -z PID     broker process to account (repeatable, up to 8)
 *   -o         only connect, report memory per connection, hold -t seconds, stop
 *   -L LABEL   label put in the output lines
 * Output: one line of JSON per run, then a line with "run":"median" (of msgs/s).
 * Fields: cpu_before = the broker's CPU seconds when the run began; pub_s = messages acked (QoS 1) or flushed and answered by PINGRESP (QoS 0)
 *   per second; dlv_s = deliveries per second; cpu_s_per_M = broker CPU seconds per
 *   million published messages; lat_* = publish->ack microseconds; e2e_* =
 *   publish->delivery (needs %T); lost/dup/reord = checks at the subscribers (need %C,%N).
 * Exit status: 0 when every run finished in its time limit with no bad ack.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

typedef struct {
    int fd, idx, sub, up, extras;  /* up: 0 connecting, 1 CONNACK awaited, 2 SUBACK awaited, 3 ready */
    uint16_t nextid;
    int inflight, want_out, pinged, burst_left, in_ready;
    uint64_t seq;                  /* messages sent in all phases (payload sequence) */
    uint64_t phase_seq;            /* messages sent in this phase */
    uint64_t *ts;                  /* send time per in-flight packet id slot */
    char *out; size_t outlen, outoff, outcap;
    char *in; size_t inlen, incap;
    char *hdr; size_t hdrlen, idoff; /* prebuilt fixed header + topic (+id) */
    uint64_t *last;                /* subscriber: last sequence seen per publisher */
} conn;

static const char *host = "127.0.0.1", *topic = "bench/d%d/telemetry", *filter = "#", *idpre = "mqttload",
                  *user, *pass, *label = "", *tmpl = "{\"c\":%C,\"n\":%N,\"t\":%T,\"v\":%V}";
static int port = 1883, ver = 4, nc = 50, qos = 1, window = 20, runs = 3, tlimit = 60, size = 0, ns = 0, subqos = 0,
           grace = 10, extra = 0, keepalive = 600, pingloop = 0, onlyconn = 0, shared = 0;
static uint64_t nmsg = 200000, warm = UINT64_MAX; static double rate = 0;
static int pids[8], npids;

static char **users, **passes; static int nusers; /* -U: one a connection, in the order of the file */

static char *payload; static int plen, oC = -1, oN = -1, oT = -1, oM = -1, oV = -1;
static conn *cs; static int total, ep, ready; static uint32_t slotmask;
static uint64_t to_send, sent, acked, due, badack, delivered, dup_, lost_, reord, pings_due, refused;
static uint64_t phase_start; static int ph_active; static conn **rq; static int rqh, rqn;

static uint64_t now_ns(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }
static uint64_t wall_us(void) { struct timespec t; clock_gettime(CLOCK_REALTIME, &t); return t.tv_sec * 1000000ull + t.tv_nsec / 1000; }
static void die(const char *m) { fprintf(stderr, "mqttload: %s (%s)\n", m, strerror(errno)); exit(2); }

static void read_users(const char *path) {
    FILE *f = fopen(path, "r"); if (!f) die(path);
    char line[1024]; users = calloc(60000, sizeof *users); passes = calloc(60000, sizeof *passes);
    while (nusers < 60000 && fgets(line, sizeof line, f)) {
        line[strcspn(line, "\r\n")] = 0; char *tab = strchr(line, '\t'); if (!tab) { errno = EINVAL; die("-U: a line without a tab"); }
        *tab = 0; users[nusers] = strdup(line); passes[nusers++] = strdup(tab + 1);
    }
    fclose(f);
}

/* log-linear histogram, 64 sub-buckets per power of two, value in microseconds*16 */
typedef struct { uint64_t b[64 * 48], n, max; } hist;
static hist hlat, he2e;
static int hidx(uint64_t v) { if (v < 64) return v; int e = 63 - __builtin_clzll(v); int i = (e - 5) * 64 + ((v >> (e - 6)) & 63); return i < 64 * 48 ? i : 64 * 48 - 1; }
static double hval(int i) { if (i < 64) return i / 16.0; int e = i / 64 + 5; return (double)((64ull + (i & 63)) << (e - 6)) / 16.0; }
static void hadd(hist *h, double us) { uint64_t v = us < 0 ? 0 : us * 16; h->b[hidx(v)]++; h->n++; if (v > h->max) h->max = v; }
static double hq(hist *h, double q) { uint64_t t = h->n * q, s = 0; for (int i = 0; i < 64 * 48; i++) { s += h->b[i]; if (s > t) return hval(i); } return h->max / 16.0; }

static double proc_cpu(void) {
    double s = 0; char p[64], b[2048];
    for (int i = 0; i < npids; i++) {
        snprintf(p, sizeof p, "/proc/%d/stat", pids[i]); FILE *f = fopen(p, "r"); if (!f) continue;
        size_t n = fread(b, 1, sizeof b - 1, f); fclose(f); b[n] = 0; char *q = strrchr(b, ')'); unsigned long u = 0, k = 0;
        if (q && sscanf(q + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &u, &k) == 2) s += (double)(u + k) / sysconf(_SC_CLK_TCK);
    }
    return s;
}
static double proc_rss(void) {
    double s = 0; char p[64], b[256];
    for (int i = 0; i < npids; i++) {
        snprintf(p, sizeof p, "/proc/%d/status", pids[i]); FILE *f = fopen(p, "r"); if (!f) continue;
        while (fgets(b, sizeof b, f)) { long k; if (sscanf(b, "VmRSS: %ld", &k) == 1) s += k / 1024.0; }
        fclose(f);
    }
    return s;
}

static int putvar(char *p, uint32_t v) { int n = 0; do { uint8_t d = v & 127; v >>= 7; if (v) d |= 128; p[n++] = d; } while (v); return n; }
static char *putstr(char *p, const char *s) { size_t l = strlen(s); p[0] = l >> 8; p[1] = l; memcpy(p + 2, s, l); return p + 2 + l; }
static const char *fmt(const char *t, int i, char *b, size_t n) {
    const char *q = strstr(t, "%d"); if (!q) return t;
    snprintf(b, n, "%.*s%d%s", (int)(q - t), t, i, q + 2); return b;
}
static void digits(char *p, int n, uint64_t v) { while (n--) { p[n] = '0' + v % 10; v /= 10; } }

static void build_payload(void) {
    char *o = payload = malloc(70000 + strlen(tmpl) * 16); const char *p = tmpl;
    while (*p) {
        if (*p == '%' && p[1]) {
            int w = 0, *off = NULL;
            switch (p[1]) { case 'C': w = 6; off = &oC; break; case 'N': w = 10; off = &oN; break; case 'T': w = 16; off = &oT; break; case 'M': w = 13; off = &oM; break; case 'V': w = 7; off = &oV; break; }
            if (off) { *off = o - payload; memset(o, '1', w); o += w; p += 2; continue; }
        }
        *o++ = *p++;
    }
    while (o - payload < size && o - payload < 65000) *o++ = ' ';
    plen = o - payload;
    if (oV >= 0) memcpy(payload + oV, "23.4142", 7);
}

static void epmod(conn *c, int add) {
    struct epoll_event e = { .events = EPOLLIN | (c->want_out ? EPOLLOUT : 0), .data.ptr = c };
    if (epoll_ctl(ep, add ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, c->fd, &e)) die("epoll_ctl");
}
static void flush_out(conn *c) {
    while (c->outoff < c->outlen) {
        ssize_t n = write(c->fd, c->out + c->outoff, c->outlen - c->outoff);
        if (n < 0) { if (errno == EAGAIN) break; if (errno == EINTR) continue; die("write: broker closed a connection"); }
        c->outoff += n;
    }
    if (c->outoff == c->outlen) { c->outoff = c->outlen = 0; if (c->want_out) { c->want_out = 0; epmod(c, 0); } }
    else if (!c->want_out) { c->want_out = 1; epmod(c, 0); }
}
static char *room(conn *c, size_t n) {
    if (c->outlen + n > c->outcap) { c->outcap = (c->outlen + n) * 2; c->out = realloc(c->out, c->outcap); }
    return c->out + c->outlen;
}
static void put_msg(conn *c, uint64_t ts) {
    char *p = room(c, c->hdrlen + plen);
    memcpy(p, c->hdr, c->hdrlen);
    if (qos) {
        if (++c->nextid == 0) c->nextid = 1;
        p[c->idoff] = c->nextid >> 8; p[c->idoff + 1] = c->nextid;
        c->ts[c->nextid & slotmask] = ts; c->inflight++;
    }
    p += c->hdrlen; memcpy(p, payload, plen);
    uint64_t w = (oT >= 0 || oM >= 0) ? wall_us() : 0;
    if (oC >= 0) digits(p + oC, 6, 100000 + c->idx);
    if (oN >= 0) digits(p + oN, 10, 1000000000ull + c->seq);
    if (oT >= 0) digits(p + oT, 16, w);
    if (oM >= 0) digits(p + oM, 13, w / 1000);
    if (oV >= 0) digits(p + oV + 3, 4, (c->seq * 7 + c->idx) % 10000);
    c->outlen += c->hdrlen + plen; c->seq++; c->phase_seq++; sent++; to_send--;
}
static void put_framed(conn *c, int type, const char *body, uint32_t l) { char *p = room(c, l + 5); p[0] = type; int k = 1 + putvar(p + 1, l); memcpy(p + k, body, l); c->outlen += k + l; }
static void put_ping(conn *c) { char *p = room(c, 2); p[0] = 0xC0; p[1] = 0; c->outlen += 2; c->pinged++; pings_due++; }

static void enqueue(conn *c) { if (!c->in_ready) { c->in_ready = 1; rq[(rqh + rqn++) % nc] = c; } }
static void pump(conn *c) {
    if (!ph_active || c->outoff < c->outlen) return;
    if (rate > 0) {
        int lim = 256;
        while (to_send && lim-- && (!qos || c->inflight < window)) {
            uint64_t k = c->phase_seq * nc + c->idx; if (k >= due) break;
            put_msg(c, phase_start + (uint64_t)(k * 1e9 / rate));
        }
        if (c->outlen) flush_out(c);
        return;
    }
    if (qos) {
        if (!to_send || c->inflight >= window) return;
        uint64_t t = now_ns(); while (to_send && c->inflight < window) put_msg(c, t);
        flush_out(c);
    } else {
        if (!to_send || c->pinged) return;
        for (int i = 0; i < window && to_send; i++) put_msg(c, 0);
        if (pingloop) { put_ping(c); c->ts[0] = now_ns(); }
        flush_out(c);
        if (!c->want_out && !c->pinged) enqueue(c);
    }
}

static void on_publish(conn *c, char *p, uint32_t len, int fl) {
    char *e = p + len; uint32_t tl = (uint8_t)p[0] << 8 | (uint8_t)p[1]; char *q = p + 2 + tl; int pq = (fl >> 1) & 3; uint16_t id = 0;
    if (pq) { id = (uint8_t)q[0] << 8 | (uint8_t)q[1]; q += 2; }
    if (ver == 5) { uint32_t v = 0, s = 0; do { v |= (*q & 127) << s; s += 7; } while (*q++ & 128); q += v; }
    delivered++;
    if (e - q >= plen) {
        if (oT >= 0) { uint64_t v = 0; for (int i = 0; i < 16; i++) v = v * 10 + (q[oT + i] - '0'); hadd(&he2e, (double)(int64_t)(wall_us() - v)); }
        if (oC >= 0 && oN >= 0) {
            uint64_t k = 0, s = 0; for (int i = 0; i < 6; i++) k = k * 10 + (q[oC + i] - '0'); for (int i = 0; i < 10; i++) s = s * 10 + (q[oN + i] - '0');
            k -= 100000; s -= 1000000000ull - 1;
            if (k < (uint64_t)nc) { if (s == c->last[k] + 1) c->last[k] = s; else if (s > c->last[k]) { if (!shared) lost_ += s - c->last[k] - 1; c->last[k] = s; } else if (s == c->last[k]) dup_++; else reord++; }
        }
    }
    if (pq == 1) { char *o = room(c, 4); o[0] = 0x40; o[1] = 2; o[2] = id >> 8; o[3] = id; c->outlen += 4; }
}
static void on_packet(conn *c, int t, char *p, uint32_t len) {
    switch (t >> 4) {
    case 2:
        if (len < 2 || p[1]) { fprintf(stderr, "mqttload: CONNACK code %d\n", len < 2 ? -1 : (uint8_t)p[1]); refused++; exit(3); }
        if (!c->sub) { c->up = 3; ready++; break; }
        { char b[512], fb[512], *o = b + 3; const char *f = fmt(filter, c->idx - nc, fb, sizeof fb); *o++ = 0; *o++ = 1; if (ver == 5) *o++ = 0; o = putstr(o, f); *o++ = subqos;
          c->up = 2; put_framed(c, 0x82, b + 3, o - b - 3); flush_out(c); }
        break;
    case 9:
        if (c->extras < extra) {
            char b[8192], *o = b; *o++ = 0; *o++ = 2; if (ver == 5) *o++ = 0;
            for (int i = 0; i < 100 && c->extras < extra; i++, c->extras++) { char f[64]; snprintf(f, sizeof f, "bench/+/x%d/#", (c->idx - nc) * extra + c->extras); o = putstr(o, f); *o++ = 0; }
            put_framed(c, 0x82, b, o - b); flush_out(c); break;
        }
        if ((uint8_t)p[len - 1] >= 0x80) { fprintf(stderr, "mqttload: SUBACK refused 0x%02x\n", (uint8_t)p[len - 1]); exit(3); } c->up = 3; ready++; break;
    case 3: on_publish(c, p, len, t & 15); break;
    case 4: {
        uint16_t id = (uint8_t)p[0] << 8 | (uint8_t)p[1]; uint64_t *s = &c->ts[id & slotmask];
        if (!*s || (ver == 5 && len > 2 && (uint8_t)p[2] >= 0x80)) badack++; else { hadd(&hlat, (now_ns() - *s) / 1000.0); acked++; }
        *s = 0; c->inflight--; break; }
    case 13: if (c->pinged) { c->pinged--; pings_due--; if (pingloop && !qos && ph_active) hadd(&hlat, (now_ns() - c->ts[0]) / 1000.0); } break;
    case 14: fprintf(stderr, "mqttload: broker sent DISCONNECT 0x%02x\n", len ? (uint8_t)p[0] : 0); exit(3);
    }
}
static void on_read(conn *c) {
    if (c->incap - c->inlen < (c->sub ? 65536 : 512)) { c->incap = c->sub ? (c->incap ? c->incap * 2 : 262144) : (c->incap ? c->incap * 2 : 2048); c->in = realloc(c->in, c->incap); }
    ssize_t n = read(c->fd, c->in + c->inlen, c->incap - c->inlen);
    if (n == 0) { errno = 0; die("broker closed a connection"); }
    if (n < 0) { if (errno == EAGAIN || errno == EINTR) return; die("read"); }
    c->inlen += n; size_t o = 0;
    while (c->inlen - o >= 2) {
        uint32_t l = 0; int s = 0, k = 1, okk = 0;
        while (o + k < c->inlen && k < 5) { uint8_t d = c->in[o + k++]; l |= (d & 127) << s; s += 7; if (!(d & 128)) { okk = 1; break; } }
        if (!okk || c->inlen - o - k < l) break;
        on_packet(c, (uint8_t)c->in[o], c->in + o + k, l); o += k + l;
    }
    if (o) { memmove(c->in, c->in + o, c->inlen - o); c->inlen -= o; }
    if (c->sub) { if (c->outlen && c->outoff == 0) flush_out(c); } else pump(c);
}
static void poll_once(int ms) {
    struct epoll_event ev[512]; int n = epoll_wait(ep, ev, 512, ms);
    for (int i = 0; i < n; i++) {
        conn *c = ev[i].data.ptr;
        if (c->up == 0) {
            int e = 0; socklen_t l = sizeof e; getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &e, &l); if (e) { errno = e; die("connect"); }
            char b[1024], t[256], *o = b + 3; snprintf(t, sizeof t, "%s-%d-%s%d", idpre, (int)getpid(), c->sub ? "s" : "p", c->idx);
            o = putstr(o, "MQTT"); *o++ = ver; *o++ = 2 | (user || users ? 0x80 : 0) | (pass || users ? 0x40 : 0); *o++ = keepalive >> 8; *o++ = keepalive; if (ver == 5) *o++ = 0;
            o = putstr(o, t); char fb[256];
            if (users) { o = putstr(o, users[c->idx % nusers]); o = putstr(o, passes[c->idx % nusers]); }
            if (user) o = putstr(o, fmt(user, c->idx, fb, sizeof fb));
            if (pass) o = putstr(o, fmt(pass, c->idx, fb, sizeof fb));
            c->up = 1; c->want_out = 0; epmod(c, 0); put_framed(c, 0x10, b + 3, o - b - 3); flush_out(c); continue;
        }
        if (ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) on_read(c);
        if ((ev[i].events & EPOLLOUT) && c->want_out) { flush_out(c); if (!c->want_out && !c->sub) pump(c); }
    }
}
static void start(conn *c, int i) {
    c->idx = i; c->sub = i >= nc; c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0); if (c->fd < 0) die("socket");
    int one = 1; setsockopt(c->fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    if (c->sub) { int rb = 4 << 20; setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &rb, sizeof rb); c->last = calloc(nc, 8); }
    struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) }; inet_pton(AF_INET, host, &a.sin_addr);
    if (connect(c->fd, (void *)&a, sizeof a) && errno != EINPROGRESS) die("connect");
    c->want_out = 1; epmod(c, 1);
    char tb[512]; const char *t = fmt(topic, i, tb, sizeof tb); uint32_t rem = 2 + strlen(t) + (qos ? 2 : 0) + (ver == 5) + plen;
    c->hdr = malloc(strlen(t) + 16); char *p = c->hdr; *p++ = 0x30 | qos << 1; p += putvar(p, rem); p = putstr(p, t); c->idoff = p - c->hdr; if (qos) p += 2; if (ver == 5) *p++ = 0; c->hdrlen = p - c->hdr;
    c->ts = calloc(slotmask + 1, 8);
}

typedef struct { double secs, pub_s, dlv_s, cpu, cpu0, own, l50, l99, l999, lmax, e50, e99, e999, emax; uint64_t acked, dlv, lost, dup, reord; double rss; int timeout; } result;

static result phase(uint64_t n) {
    result r = { 0 }; memset(&hlat, 0, sizeof hlat); memset(&he2e, 0, sizeof he2e);
    to_send = n; sent = acked = delivered = dup_ = lost_ = reord = due = 0; rqh = rqn = 0;
    for (int i = 0; i < nc; i++) { cs[i].phase_seq = 0; cs[i].in_ready = 0; }
    double cpu0 = proc_cpu(); struct rusage u0, u1; getrusage(RUSAGE_SELF, &u0);
    uint64_t t0 = phase_start = now_ns(), lim = t0 + tlimit * 1000000000ull, tend; uint64_t lastk = 0; ph_active = 1;
    if (rate == 0) for (int i = 0; i < nc; i++) pump(&cs[i]);
    for (;;) {
        if (rate > 0) {
            uint64_t t = now_ns(); due = (t - t0) * rate / 1e9; if (due > n) due = n;
            uint64_t k = lastk; if (due - k > (uint64_t)nc) k = due - nc; for (; k < due; k++) pump(&cs[k % nc]); lastk = due;
            poll_once(1);
        } else if (rqn) {
            for (int i = rqn; i > 0; i--) { conn *c = rq[rqh]; rqh = (rqh + 1) % nc; rqn--; c->in_ready = 0; pump(c); }
            poll_once(0);
        } else poll_once(50);
        if (!to_send && (qos ? acked + badack >= sent : 1)) break;
        if (now_ns() > lim) { r.timeout = 1; to_send = 0; break; }
    }
    if (!qos && !pingloop) for (int i = 0; i < nc; i++) { put_ping(&cs[i]); flush_out(&cs[i]); }
    if (!qos) while (pings_due) { poll_once(50); if (now_ns() > lim + 30000000000ull) { r.timeout = 1; break; } }
    tend = now_ns(); uint64_t tdl = tend;
    if (ns) {
        uint64_t want = shared ? sent : sent * ns, prev = delivered, tl = now_ns(); tdl = tl;
        while (delivered < want && now_ns() - tl < grace * 1000000000ull) { poll_once(20); if (delivered != prev) { prev = delivered; tdl = tl = now_ns(); } }
    }
    ph_active = 0; r.cpu0 = cpu0; r.cpu = proc_cpu() - cpu0; getrusage(RUSAGE_SELF, &u1);
    r.own = (u1.ru_utime.tv_sec - u0.ru_utime.tv_sec) + (u1.ru_stime.tv_sec - u0.ru_stime.tv_sec) + (u1.ru_utime.tv_usec - u0.ru_utime.tv_usec + u1.ru_stime.tv_usec - u0.ru_stime.tv_usec) * 1e-6;
    r.secs = (tend - t0) * 1e-9; r.acked = qos ? acked : sent; r.pub_s = r.acked / r.secs; r.dlv = delivered; r.dlv_s = ns ? delivered / ((tdl - t0) * 1e-9) : 0;
    r.l50 = hq(&hlat, .5); r.l99 = hq(&hlat, .99); r.l999 = hq(&hlat, .999); r.lmax = hlat.max / 16.0; r.e50 = hq(&he2e, .5); r.e99 = hq(&he2e, .99); r.e999 = hq(&he2e, .999); r.emax = he2e.max / 16.0;
    if (ns) { uint64_t want = shared ? sent : sent * ns; lost_ = want > delivered - dup_ - reord ? want - (delivered - dup_ - reord) : 0; }
    r.lost = lost_; r.dup = dup_; r.reord = reord; r.rss = proc_rss();
    /* a lossy run must not disturb the next one's sequence checks */
    for (int s = nc; s < total; s++) for (int i = 0; i < nc; i++) cs[s].last[i] = shared ? cs[s].last[i] : cs[i].seq;
    return r;
}
static void out(const char *run, result *r) {
    printf("{\"label\":\"%s\",\"run\":\"%s\",\"conns\":%d,\"qos\":%d,\"window\":%d,\"subs\":%d,\"rate\":%.0f,\"secs\":%.3f,\"acked\":%llu,\"pub_s\":%.0f,\"dlv\":%llu,\"dlv_s\":%.0f,\"cpu_s\":%.2f,\"cpu_before\":%.2f,\"cpu_s_per_M\":%.3f,\"own_cpu_s\":%.2f,\"rss_mb\":%.1f,"
           "\"lat_p50\":%.0f,\"lat_p99\":%.0f,\"lat_p999\":%.0f,\"lat_max\":%.0f,\"e2e_p50\":%.0f,\"e2e_p99\":%.0f,\"e2e_p999\":%.0f,\"e2e_max\":%.0f,\"lost\":%llu,\"dup\":%llu,\"reord\":%llu,\"badack\":%llu,\"timeout\":%d}\n",
           label, run, nc, qos, window, ns, rate, r->secs, (unsigned long long)r->acked, r->pub_s, (unsigned long long)r->dlv, r->dlv_s, r->cpu, r->cpu0, r->acked ? r->cpu / r->acked * 1e6 : 0, r->own, r->rss,
           r->l50, r->l99, r->l999, r->lmax, r->e50, r->e99, r->e999, r->emax, (unsigned long long)r->lost, (unsigned long long)r->dup, (unsigned long long)r->reord, (unsigned long long)badack, r->timeout);
    fflush(stdout);
}
static int bypub(const void *a, const void *b) { double x = ((result *)a)->pub_s, y = ((result *)b)->pub_s; return x < y ? -1 : x > y; }

int main(int argc, char **argv) {
    int o;
    while ((o = getopt(argc, argv, "h:p:V:c:q:w:n:R:W:t:r:T:m:s:u:P:U:i:k:lS:f:Q:e:g:z:oL:")) != -1) switch (o) {
        case 'h': host = optarg; break; case 'p': port = atoi(optarg); break; case 'V': ver = atoi(optarg); break; case 'c': nc = atoi(optarg); break;
        case 'q': qos = atoi(optarg); break; case 'w': window = atoi(optarg); break; case 'n': nmsg = atoll(optarg); break; case 'R': runs = atoi(optarg); break;
        case 'W': warm = atoll(optarg); break; case 't': tlimit = atoi(optarg); break; case 'r': rate = atof(optarg); break; case 'T': topic = optarg; break;
        case 'm': tmpl = optarg; break; case 's': size = atoi(optarg); break; case 'u': user = optarg; break; case 'P': pass = optarg; break; case 'U': read_users(optarg); break; case 'i': idpre = optarg; break;
        case 'k': keepalive = atoi(optarg); break; case 'l': pingloop = 1; break; case 'S': ns = atoi(optarg); break; case 'f': filter = optarg; break; case 'Q': subqos = atoi(optarg); break;
        case 'e': extra = atoi(optarg); break; case 'g': grace = atoi(optarg); break; case 'z': if (npids < 8) pids[npids++] = atoi(optarg); break; case 'o': onlyconn = 1; break; case 'L': label = optarg; break;
        default: fprintf(stderr, "see the comment at the top of mqttload.c\n"); return 2;
    }
    struct in_addr ia; if (inet_pton(AF_INET, host, &ia) != 1 || (ntohl(ia.s_addr) >> 24) != 127) { fprintf(stderr, "mqttload: loopback targets only\n"); return 2; }
    if (nc < 1 || nc > 60000 || runs < 1 || runs > 99 || window < 1 || window > 32000 || qos < 0 || qos > 1 || tlimit > 3600) { fprintf(stderr, "mqttload: option out of range\n"); return 2; }
    if (warm == UINT64_MAX) warm = nmsg / 4;
    shared = !strncmp(filter, "$share/", 7); slotmask = 4; while (slotmask < (uint32_t)window + 2) slotmask *= 2; slotmask--;
    struct rlimit rl = { 1 << 20, 1 << 20 }; if (setrlimit(RLIMIT_NOFILE, &rl)) { getrlimit(RLIMIT_NOFILE, &rl); rl.rlim_cur = rl.rlim_max; setrlimit(RLIMIT_NOFILE, &rl); }
    build_payload(); total = nc + ns; cs = calloc(total, sizeof *cs); rq = calloc(nc, sizeof *rq); ep = epoll_create1(0);
    double rss0 = proc_rss(), cpu0 = proc_cpu(); uint64_t t0 = now_ns(); int started = 0;
    while (ready < total) {
        while (started < total && started - ready < 200) { int i = total - 1 - started; start(&cs[i], i); started++; } /* subscribers first */
        poll_once(100); if (now_ns() - t0 > 120000000000ull) { errno = 0; die("connections not ready in 120 s"); }
    }
    double ct = (now_ns() - t0) * 1e-9;
    printf("{\"label\":\"%s\",\"run\":\"connect\",\"conns\":%d,\"secs\":%.3f,\"conn_s\":%.0f,\"cpu_ms_per_conn\":%.3f,\"rss_before_mb\":%.1f,\"rss_after_mb\":%.1f,\"kb_per_conn\":%.2f}\n", label, total, ct, total / ct, (proc_cpu() - cpu0) * 1000 / total, rss0, proc_rss(), (proc_rss() - rss0) * 1024 / total);
    fflush(stdout);
    if (onlyconn) { uint64_t e = now_ns() + tlimit * 1000000000ull; while (now_ns() < e) poll_once(100); printf("{\"label\":\"%s\",\"run\":\"held\",\"rss_mb\":%.1f}\n", label, proc_rss()); return 0; }
    if (warm) phase(warm);
    result *rs = calloc(runs, sizeof *rs); int bad = 0;
    for (int i = 0; i < runs; i++) { char b[16]; snprintf(b, sizeof b, "%d", i + 1); rs[i] = phase(nmsg); out(b, &rs[i]); bad |= rs[i].timeout; if (rs[i].timeout) { runs = i + 1; break; } usleep(200000); }
    qsort(rs, runs, sizeof *rs, bypub); out("median", &rs[runs / 2]);
    for (int i = 0; i < total; i++) { char d[2] = { (char)0xE0, 0 }; if (write(cs[i].fd, d, 2)) {} close(cs[i].fd); }
    return bad || badack ? 1 : 0;
}
