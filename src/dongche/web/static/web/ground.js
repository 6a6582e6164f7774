// What every map shares: options, words, controls, and the way out where it cannot be drawn. Nothing is fetched.
import { Map as Chart, NavigationControl, setWorkerUrl } from "maplibre";

export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function bounds(features) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  const walk = (part) => {
    if (typeof part[0] === "number") {
      box[0] = Math.min(box[0], part[0]);
      box[1] = Math.min(box[1], part[1]);
      box[2] = Math.max(box[2], part[0]);
      box[3] = Math.max(box[3], part[1]);
    } else part.forEach(walk);
  };
  for (const feature of features) walk(feature.geometry.coordinates);
  return box;
}

// The table or list that says the same is opened instead.
function instead(element) {
  const figure = element.closest("figure");
  element.hidden = true;
  figure.querySelector("[data-map-missing]").hidden = false;
  const list = figure.querySelector("details");
  if (list) list.open = true;
  return null;
}

// A map inside `element` that shows all `features`; null where there is no WebGL, or nothing to show.
export function openMap(element, features, style) {
  const { worker, css, zoomIn, zoomOut, helpWheel, helpMac, helpTouch, label } = element.dataset;
  const sheet = document.createElement("link");
  sheet.rel = "stylesheet";
  sheet.href = css;
  document.head.append(sheet);
  if (!features.length || !document.createElement("canvas").getContext("webgl2")) return instead(element);
  setWorkerUrl(new URL(worker, location.href).href);
  let map;
  try {
    map = new Chart({
      container: element,
      attributionControl: style.sources.tiles ? { compact: false } : false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      // The wheel and one finger scroll the page; Ctrl or two fingers move the map. Nobody gets stuck on it.
      cooperativeGestures: true,
      localIdeographFontFamily: token("--dc-font"),
      locale: {
        "NavigationControl.ZoomIn": zoomIn,
        "NavigationControl.ZoomOut": zoomOut,
        "CooperativeGesturesHandler.WindowsHelpText": helpWheel,
        "CooperativeGesturesHandler.MacHelpText": helpMac,
        "CooperativeGesturesHandler.MobileHelpText": helpTouch,
        "Map.Title": label,
      },
      style,
      bounds: bounds(features),
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
  return map;
}
