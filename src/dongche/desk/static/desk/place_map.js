// The list of places as a map: points in clusters; a cluster comes nearer, a place shows its card. The list says the same.
import { openMap, token } from "../web/ground.js";

const COLOURS = ["--h-none", "--dc-good", "--h2", "--h0"]; // not reported, open, partly open, not open

// Steps of a metre from one point to the next: see desk/place_map.py.
function features(found) {
  let x = 0;
  let y = 0;
  return found.numbers.map((rest, at) => {
    x += found.steps[2 * at];
    y += found.steps[2 * at + 1];
    return {
      type: "Feature",
      properties: { number: found.prefix + rest, state: found.states[at] },
      geometry: { type: "Point", coordinates: [x / 100000, y / 100000] },
    };
  });
}

const collection = (list) => ({ type: "FeatureCollection", features: list });

async function fetched(url) {
  const answer = await fetch(url, { headers: { Accept: "application/json" }, credentials: "same-origin" });
  if (!answer.ok) throw new Error(answer.statusText);
  return answer.json();
}

function style(data, list) {
  const ink = token("--dc-map-ink");
  const halo = token("--dc-map-halo");
  const text = { "text-font": ["sans-serif"] };
  const names = data.borders.features.map(({ properties: { name, x, y } }) => ({
    type: "Feature",
    properties: { name },
    geometry: { type: "Point", coordinates: [x, y] },
  }));
  const made = {
    version: 8,
    sources: {
      borders: { type: "geojson", data: data.borders },
      names: { type: "geojson", data: collection(names) },
      places: {
        type: "geojson",
        data: collection(list),
        cluster: true,
        clusterRadius: 46,
        clusterMaxZoom: 16,
      },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": token("--dc-map-bg") } },
      {
        id: "borders",
        type: "line",
        source: "borders",
        layout: { "line-join": "round" },
        paint: { "line-color": token("--dc-map-edge"), "line-width": 1.6 },
      },
      {
        id: "names",
        type: "symbol",
        source: "names",
        layout: { ...text, "text-field": ["get", "name"], "text-size": 13, "text-letter-spacing": 0.08 },
        paint: { "text-color": token("--dc-muted"), "text-halo-color": halo, "text-halo-width": 2 },
      },
      {
        id: "clusters",
        type: "circle",
        source: "places",
        filter: ["has", "point_count"],
        paint: {
          "circle-color": token("--dc-accent"),
          "circle-opacity": 0.88,
          "circle-stroke-color": "#fff",
          "circle-stroke-width": 2,
          "circle-radius": ["step", ["get", "point_count"], 14, 20, 18, 100, 23, 1000, 30],
        },
      },
      {
        id: "counts",
        type: "symbol",
        source: "places",
        filter: ["has", "point_count"],
        layout: { ...text, "text-field": ["get", "point_count_abbreviated"], "text-size": 13, "text-allow-overlap": true },
        paint: { "text-color": "#fff" },
      },
      {
        id: "points",
        type: "circle",
        source: "places",
        filter: ["!", ["has", "point_count"]],
        paint: {
          "circle-color": ["match", ["get", "state"], 1, token(COLOURS[1]), 2, token(COLOURS[2]), 3, token(COLOURS[3]), token(COLOURS[0])],
          "circle-radius": 7,
          "circle-stroke-color": ink,
          "circle-stroke-width": 1.2,
        },
      },
    ],
  };
  if (data.tiles) {
    const { url, attribution } = data.tiles;
    made.sources.tiles = { type: "raster", tiles: [url], tileSize: 256, attribution };
    made.layers.splice(1, 0, { id: "tiles", type: "raster", source: "tiles" });
  }
  return made;
}

async function show(number, data, card) {
  const answer = await fetch(data.card.replace("NUMBER", encodeURIComponent(number)) + location.search, {
    credentials: "same-origin",
  });
  if (!answer.ok) return;
  card.innerHTML = await answer.text(); // a page of ours, in which the server has escaped everything
  card.hidden = false;
  card.focus({ preventScroll: true });
}

function follow(map, data, element) {
  const card = document.querySelector("[data-card]");
  map.on("click", "clusters", async (event) => {
    const [cluster] = event.features;
    const zoom = await map.getSource("places").getClusterExpansionZoom(cluster.properties.cluster_id);
    map.easeTo({ center: cluster.geometry.coordinates, zoom });
  });
  map.on("click", "points", (event) => show(event.features[0].properties.number, data, card));
  for (const layer of ["clusters", "points"]) {
    map.on("mouseenter", layer, () => (map.getCanvas().style.cursor = "pointer"));
    map.on("mouseleave", layer, () => (map.getCanvas().style.cursor = ""));
  }
  element.placeMap = map; // for whoever looks at the page from outside, such as a test
}

// Of a list with more points than one answer holds, those in view are fetched.
function refill(map, data) {
  map.on("moveend", async () => {
    const box = map.getBounds();
    const view = [box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((value) => value.toFixed(5));
    const found = await fetched(`${data.points}&box=${view.join(",")}`);
    map.getSource("places").setData(collection(features(found)));
  });
}

async function draw(element) {
  const data = JSON.parse(document.getElementById(element.dataset.placeMap).textContent);
  const found = await fetched(data.points);
  const list = features(found);
  const map = openMap(element, list, style(data, list));
  if (!map) return;
  follow(map, data, element);
  if (found.more) refill(map, data);
}

for (const element of document.querySelectorAll("[data-place-map]")) draw(element);
