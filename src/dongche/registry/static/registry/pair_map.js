// Draws where one or two places lie; what stands beside it says the same.
import { openMap, token } from "../web/ground.js";

const style = (data) => ({
  version: 8,
  sources: { grids: { type: "geojson", data: data.grids }, points: { type: "geojson", data: data.points } },
  layers: [
    { id: "ground", type: "background", paint: { "background-color": token("--dc-map-bg") } },
    { id: "grids", type: "fill", source: "grids", paint: { "fill-color": token("--dc-map-line"), "fill-opacity": 0.75 } },
    { id: "seams", type: "line", source: "grids", paint: { "line-color": token("--dc-map-edge"), "line-width": 1 } },
    {
      id: "points",
      type: "circle",
      source: "points",
      paint: {
        // The second one is smaller, so that both are seen where they lie on the same spot.
        "circle-radius": ["match", ["get", "side"], 0, 9, 5],
        "circle-color": ["match", ["get", "side"], 0, token("--dc-accent"), token("--dc-seal")],
        "circle-stroke-width": 1.5,
        "circle-stroke-color": token("--dc-map-halo"),
      },
    },
    {
      id: "names",
      type: "symbol",
      source: "points",
      layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 13, "text-variable-anchor": ["top", "bottom", "left", "right"], "text-radial-offset": 0.9, "text-allow-overlap": true },
      paint: { "text-color": token("--dc-map-ink"), "text-halo-color": token("--dc-map-halo"), "text-halo-width": 2 },
    },
  ],
});

for (const element of document.querySelectorAll("[data-pair-map]")) {
  const data = JSON.parse(document.getElementById(element.dataset.pairMap).textContent);
  openMap(element, [...data.points.features, ...data.grids.features], style(data));
}
