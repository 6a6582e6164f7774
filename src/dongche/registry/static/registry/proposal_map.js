// Draws places coloured by who serves them, or by their grid, before or after a proposal. The tables on the page say the
// same.
import { openMap, token } from "../web/ground.js";

// Neighbouring numbers lie far apart on the colour wheel; three degrees of darkness tell near hues apart.
const hue = (number) => `hsl(${(number * 137.5) % 360}, 62%, ${[36, 48, 28][number % 3]}%)`;

const CROWD = 20; // more names than that hide the places until one comes nearer

// A division into grids has areas that differ before and after; an assignment has the outlines of the grids there are.
const ground = (data, when) => (data.areas ? data.areas[when] : data.grids);

function colours(data, when) {
  const pairs = data.workers.flatMap((worker, number) => [number, hue(number)]);
  return ["match", ["get", when], ...pairs, token("--dc-muted")];
}

function stations(data, when) {
  const stand = (worker) => (when === "before" && "at_before" in worker ? worker.at_before : worker.at);
  return {
    type: "FeatureCollection",
    features: data.workers.filter(stand).map((worker) => ({
      type: "Feature",
      properties: { name: `${worker.name} ${worker[when]}` },
      geometry: { type: "Point", coordinates: stand(worker) },
    })),
  };
}

function style(data) {
  return {
    version: 8,
    sources: {
      grids: { type: "geojson", data: ground(data, "after") },
      points: { type: "geojson", data: data.points },
      stations: { type: "geojson", data: stations(data, "after") },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": token("--dc-map-bg") } },
      { id: "grids", type: "fill", source: "grids", paint: data.areas ? { "fill-color": colours(data, "number"), "fill-opacity": 0.3 } : { "fill-color": token("--dc-map-line"), "fill-opacity": 0.75 } },
      { id: "seams", type: "line", source: "grids", paint: { "line-color": token(data.areas ? "--dc-ink" : "--dc-map-edge"), "line-width": data.areas ? 1.5 : 1 } },
      {
        id: "points",
        type: "circle",
        source: "points",
        paint: {
          "circle-color": colours(data, "after"),
          "circle-radius": ["interpolate", ["linear"], ["zoom"], 12, 3, 17, 8],
          "circle-stroke-width": ["case", ["get", "move"], 2, 0.5],
          "circle-stroke-color": ["case", ["get", "move"], token("--dc-ink"), token("--dc-map-line")],
        },
      },
      {
        id: "names",
        type: "symbol",
        minzoom: data.workers.length > CROWD ? 15 : 0,
        source: "stations",
        layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 13, "text-padding": 2, "text-variable-anchor": ["center", "top", "bottom", "left", "right"] },
        paint: { "text-color": token("--dc-map-ink"), "text-halo-color": token("--dc-map-halo"), "text-halo-width": 2 },
      },
    ],
  };
}

function follow(map, element, data) {
  const figure = element.closest("figure");
  const tip = figure.querySelector("[data-map-tip]");
  const hint = tip.textContent;
  const who = (number) => data.workers[number]?.name || element.dataset.nobody;
  map.on("mousemove", "points", (event) => {
    const { name, before, after, move } = event.features[0].properties;
    tip.textContent = move ? `${name}: ${who(before)} → ${who(after)}` : `${name}: ${who(after)}`;
    map.getCanvas().style.cursor = element.dataset.canEdit ? "pointer" : "";
  });
  map.on("mouseleave", "points", () => {
    tip.textContent = hint;
    map.getCanvas().style.cursor = "";
  });
  map.on("click", "points", (event) => {
    if (element.dataset.canEdit) location.assign(event.features[0].properties.url);
  });
  const choice = figure.querySelector("[data-when]");
  choice.hidden = false;
  choice.addEventListener("change", (event) => {
    map.setPaintProperty("points", "circle-color", colours(data, event.target.value));
    map.getSource("stations").setData(stations(data, event.target.value));
    map.getSource("grids").setData(ground(data, event.target.value));
  });
}

function draw(element) {
  element.dataset.ready = "";
  const data = JSON.parse(document.getElementById(element.dataset.proposalMap).textContent);
  const map = data.points.features.length && openMap(element, [...ground(data, "after").features, ...data.points.features], style(data));
  if (map) follow(map, element, data);
}

function drawAll(root) {
  root.querySelectorAll("[data-proposal-map]:not([data-ready])").forEach(draw);
}

document.addEventListener("htmx:after:process", (event) => drawAll(event.target));
drawAll(document);
