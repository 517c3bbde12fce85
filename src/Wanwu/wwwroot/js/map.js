// The place of a thing on a map that needs no tiles and no internet: coast lines, a graticule and the point.
import * as maplibre from '../lib/maplibre-gl/maplibre-gl.mjs';

const token = name => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const library = new URL('../lib/', import.meta.url);
maplibre.setWorkerUrl(new URL('maplibre-gl/maplibre-gl-worker.mjs', library).href);

function graticule(step) {
  const lines = [];
  for (let lon = -180; lon <= 180; lon += step) lines.push([[lon, -85], [lon, 85]]);
  for (let lat = -80; lat <= 80; lat += step) lines.push([[-180, lat], [180, lat]]);
  return { type: 'Feature', properties: {}, geometry: { type: 'MultiLineString', coordinates: lines } };
}

function style() {
  return {
    version: 8,
    sources: {
      land: { type: 'geojson', data: new URL('natural-earth/land-50m.geojson', library).href },
      coarse: { type: 'geojson', data: graticule(10) },
      fine: { type: 'geojson', data: graticule(1) },
    },
    layers: [
      { id: 'water', type: 'background', paint: { 'background-color': token('--water') } },
      { id: 'land', type: 'fill', source: 'land', paint: { 'fill-color': token('--land') } },
      { id: 'coast', type: 'line', source: 'land', paint: { 'line-color': token('--line-strong'), 'line-width': .8 } },
      { id: 'coarse', type: 'line', source: 'coarse', paint: { 'line-color': token('--line'), 'line-width': .8 } },
      { id: 'fine', type: 'line', source: 'fine', minzoom: 4.5, paint: { 'line-color': token('--line'), 'line-width': .5 } },
    ],
  };
}

class PlaceMap {
  constructor(element, place, locale) {
    this.place = place;
    this.map = new maplibre.Map({
      container: element, style: style(), center: [place.lon, place.lat], zoom: 3.2, minZoom: 1, maxZoom: 12,
      attributionControl: false, dragRotate: false, pitchWithRotate: false, touchPitch: false, cooperativeGestures: false, scrollZoom: false, locale, fadeDuration: 0,
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.addControl(new maplibre.NavigationControl({ showCompass: false }), 'top-right');
    this.map.on('style.load', () => this.mark());
    this.restyle = () => this.map.setStyle(style());
    this.theme = new MutationObserver(this.restyle);
    this.theme.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.scheme = matchMedia('(prefers-color-scheme: dark)');
    this.scheme.addEventListener('change', this.restyle);
  }

  mark() {
    this.map.addSource('place', { type: 'geojson', data: { type: 'Feature', properties: {}, geometry: { type: 'Point', coordinates: [this.place.lon, this.place.lat] } } });
    this.map.addLayer({
      id: 'place', type: 'circle', source: 'place',
      paint: { 'circle-radius': 6, 'circle-color': token('--accent'), 'circle-stroke-color': token('--surface'), 'circle-stroke-width': 2 },
    });
  }

  dispose() {
    this.theme.disconnect();
    this.scheme.removeEventListener('change', this.restyle);
    this.map.remove();
  }
}

// Null where the browser has no WebGL: the page then says so and shows the coordinates alone. Null, too, when the page was left meanwhile.
export function create(element, place, locale) {
  if (!element) return null;
  try {
    return new PlaceMap(element, place, locale);
  } catch {
    element.replaceChildren();
    return null;
  }
}
