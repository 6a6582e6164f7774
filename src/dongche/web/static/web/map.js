// Draws what `web/map.html` describes: areas coloured by a rate. Everything is in the page; no tile or font is fetched.
// Where WebGL is missing the list under the map is opened instead; it is also what the keyboard uses.
import { Map as Chart, NavigationControl, setWorkerUrl } from "maplibre";

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const STEPS = [55, 65, 75, 85, 92];

function bounds(collection) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part) => {
    if (typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0]);
      box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]);
      box[3] = Math.max(box[3], part[1]);
    } else part.forEach(walk);
  };
  for (const feature of collection.features) walk(feature.geometry.coordinates);
  return box;
}

function colour() {
  const ramp = ["step", ["get", "value"], token("--h0")];
  STEPS.forEach((edge, at) => ramp.push(edge, token(`--h${at + 1}`)));
  return ["case", ["==", ["typeof", ["get", "value"]], "number"], ramp, token("--h-none")];
}

function names(borders) {
  return {
    type: "FeatureCollection",
    features: borders.features
      .filter((border) => border.properties.x != null)
      .map((border) => ({
        type: "Feature",
        properties: { name: border.properties.name },
        geometry: { type: "Point", coordinates: [border.properties.x, border.properties.y] },
      })),
  };
}

function style(data) {
  const line = token("--dc-map-line");
  return {
    version: 8,
    sources: {
      areas: { type: "geojson", data: data.areas },
      borders: { type: "geojson", data: data.borders },
      names: { type: "geojson", data: names(data.borders) },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": token("--dc-map-bg") } },
      {
        id: "edge",
        type: "line",
        source: "borders",
        layout: { "line-join": "round" },
        paint: { "line-color": token("--dc-map-edge"), "line-width": 5 },
      },
      { id: "areas", type: "fill", source: "areas", paint: { "fill-color": colour() } },
      {
        id: "seams",
        type: "line",
        source: "areas",
        paint: { "line-color": line, "line-width": 0.8, "line-opacity": 0.75 },
      },
      {
        id: "borders",
        type: "line",
        source: "borders",
        layout: { "line-join": "round" },
        paint: { "line-color": line, "line-width": 2.6 },
      },
      {
        id: "pointed",
        type: "line",
        source: "areas",
        paint: {
          "line-color": token("--dc-ink"),
          "line-width": ["case", ["boolean", ["feature-state", "pointed"], false], 2.4, 0],
        },
      },
      {
        id: "names",
        type: "symbol",
        source: "names",
        layout: {
          "text-field": ["get", "name"],
          "text-font": ["sans-serif"],
          "text-size": Number(token("--dc-map-fs")) || 14,
          "text-letter-spacing": 0.08,
          "text-padding": 1,
          "text-variable-anchor": ["center", "top", "bottom"],
        },
        paint: { "text-color": token("--dc-map-ink"), "text-halo-color": token("--dc-map-halo"), "text-halo-width": 2 },
      },
    ],
  };
}

function instead(element) {
  const figure = element.closest("figure");
  element.hidden = true;
  figure.querySelector("[data-map-missing]").hidden = false;
  figure.querySelector("details").open = true;
}

function follow(map, element, tip) {
  const hint = tip.textContent;
  let pointed = null;
  const mark = (id) => {
    if (pointed !== null) map.setFeatureState({ source: "areas", id: pointed }, { pointed: false });
    if (id !== null) map.setFeatureState({ source: "areas", id }, { pointed: true });
    pointed = id;
  };
  map.on("mousemove", "areas", (event) => {
    const area = event.features[0];
    if (area.id === pointed) return;
    mark(area.id);
    tip.textContent = area.properties.label;
    map.getCanvas().style.cursor = area.properties.url ? "pointer" : "";
  });
  map.on("mouseleave", "areas", () => {
    mark(null);
    tip.textContent = hint;
    map.getCanvas().style.cursor = "";
  });
  map.on("click", "areas", (event) => {
    const { url } = event.features[0].properties;
    if (url) location.assign(url);
  });
}

export function draw(element) {
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = element.dataset.css;
  document.head.append(sheet);
  if (!document.createElement("canvas").getContext("webgl2")) return instead(element);
  const data = JSON.parse(document.getElementById(element.dataset.map).textContent);
  if (!data.areas.features.length) return instead(element);
  setWorkerUrl(new URL(element.dataset.worker, location.href).href);
  let map;
  try {
    map = new Chart({
      container: element,
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      // The wheel and one finger scroll the page; Ctrl or two fingers move the map. Nobody gets stuck on it.
      cooperativeGestures: true,
      localIdeographFontFamily: token("--dc-font"),
      locale: {
        "NavigationControl.ZoomIn": element.dataset.zoomIn,
        "NavigationControl.ZoomOut": element.dataset.zoomOut,
        "CooperativeGesturesHandler.WindowsHelpText": element.dataset.helpWheel,
        "CooperativeGesturesHandler.MacHelpText": element.dataset.helpMac,
        "CooperativeGesturesHandler.MobileHelpText": element.dataset.helpTouch,
        "Map.Title": element.dataset.label,
      },
      style: style(data),
      bounds: bounds(data.areas),
      fitBoundsOptions: { padding: 22 },
      maxZoom: 19,
      fadeDuration: 0,
      canvasContextAttributes: { preserveDrawingBuffer: true },
    });
  } catch {
    return instead(element);
  }
  map.touchZoomRotate.disableRotation();
  map.addControl(new NavigationControl({ showCompass: false }), "top-right");
  map.on("idle", () => (element.dataset.state = "drawn"));
  follow(map, element, element.closest("figure").querySelector("[data-map-tip]"));
}
