// Draws what `web/map.html` describes: areas coloured by a rate. The list under the map is what the keyboard uses.
import { openMap, token } from "./ground.js";

const STEPS = [55, 65, 75, 85, 92];

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
  const data = JSON.parse(document.getElementById(element.dataset.map).textContent);
  const map = openMap(element, data.areas.features, style(data));
  if (map) follow(map, element, element.closest("figure").querySelector("[data-map-tip]"));
}
