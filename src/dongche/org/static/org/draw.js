// Draws the outline of a unit by hand. Its corners stand in the text beside the map, which says the same without one;
// either follows the other. Corners snap to those of the neighbours. Whether the outline can be is for the server to say.
import { openMap, token } from "../web/ground.js";
import {
  TerraDraw,
  TerraDrawModeUndoRedo,
  TerraDrawPolygonMode,
  TerraDrawSelectMode,
  TerraDrawSessionUndoRedo,
} from "terra-draw";
import { TerraDrawMapLibreGLAdapter } from "terra-draw-maplibre";

const NEAR = 12; // pixels within which a corner snaps
const DIGITS = 7; // a centimetre

const rounded = ([x, y]) => [Number(x.toFixed(DIGITS)), Number(y.toFixed(DIGITS))];
const collection = (features) => ({ type: "FeatureCollection", features });

function style(data) {
  const fault = data.fault ? [{ type: "Feature", properties: {}, geometry: { type: "Point", coordinates: data.fault } }] : [];
  const line = (id, colour, width, more = {}) => ({
    id,
    type: "line",
    source: id,
    layout: { "line-join": "round" },
    paint: { "line-color": token(colour), "line-width": width, ...more },
  });
  return {
    version: 8,
    sources: {
      around: { type: "geojson", data: collection(data.around) },
      above: { type: "geojson", data: collection(data.above) },
      kept: { type: "geojson", data: collection(data.kept) },
      fault: { type: "geojson", data: collection(fault) },
    },
    layers: [
      { id: "ground", type: "background", paint: { "background-color": token("--dc-map-bg") } },
      { id: "fill", type: "fill", source: "around", paint: { "fill-color": token("--dc-map-line"), "fill-opacity": 0.75 } },
      line("around", "--dc-map-edge", 1.2),
      line("above", "--dc-map-ink", 2.4, { "line-dasharray": [3, 2] }),
      line("kept", "--dc-accent", 3),
      {
        id: "names",
        type: "symbol",
        source: "around",
        layout: { "text-field": ["get", "name"], "text-font": ["sans-serif"], "text-size": 12 },
        paint: { "text-color": token("--dc-muted"), "text-halo-color": token("--dc-map-halo"), "text-halo-width": 2 },
      },
      {
        id: "fault",
        type: "circle",
        source: "fault",
        paint: {
          "circle-radius": 13,
          "circle-color": token("--dc-warn"),
          "circle-opacity": 0.2,
          "circle-stroke-color": token("--dc-warn"),
          "circle-stroke-width": 3,
        },
      },
    ],
  };
}

function ringsOf(features) {
  return features.flatMap(({ geometry }) => (geometry.type === "Polygon" ? geometry.coordinates : geometry.coordinates.flat()));
}

// The corner of a neighbour near a point of the map, else the nearest point of its border; undefined where none is near.
function snapper(map, data) {
  const rings = ringsOf([...data.around, ...data.above]);
  return ({ lng, lat, containerX, containerY }) => {
    const edge = map.unproject([containerX + NEAR, containerY - NEAR]);
    const [dx, dy] = [Math.abs(edge.lng - lng), Math.abs(edge.lat - lat)];
    const away = ([x, y]) => Math.hypot((x - lng) / dx, (y - lat) / dy);
    let [corner, border] = [null, null];
    for (const ring of rings) {
      for (let n = 0; n < ring.length; n += 1) {
        if (away(ring[n]) <= 1 && (!corner || away(ring[n]) < away(corner))) corner = ring[n];
        if (n === 0) continue;
        const [[ax, ay], [bx, by]] = [ring[n - 1], ring[n]];
        const [ux, uy, vx, vy] = [(bx - ax) / dx, (by - ay) / dy, (lng - ax) / dx, (lat - ay) / dy];
        const part = Math.max(0, Math.min(1, (ux * vx + uy * vy) / (ux * ux + uy * uy || 1)));
        const point = [ax + part * (bx - ax), ay + part * (by - ay)];
        if (away(point) <= 0.7 && (!border || away(point) < away(border))) border = point;
      }
    }
    const found = corner ?? border;
    return found ? rounded(found) : undefined;
  };
}

// The corners written as text; null where a line cannot be read, or fewer than three are there.
function read(text) {
  const lines = text.split("\n").map((line) => line.trim().split(/[\s,;，、；]+/).filter(Boolean)).filter((parts) => parts.length);
  const ring = lines.map((parts) => rounded(parts.map(Number)));
  const isRead = lines.every((parts) => parts.length === 2) && ring.flat().every(Number.isFinite);
  return isRead && ring.length >= 3 ? ring : null;
}

function begin(element) {
  const data = JSON.parse(document.getElementById(element.dataset.board).textContent);
  const figure = element.closest("figure");
  const shown = data.outline.length ? [{ geometry: { coordinates: data.outline } }] : data.kept;
  const fallback = data.above.length ? data.above : data.around;
  const focus = shown.length ? shown : fallback;
  const map = openMap(element, focus, style(data));
  if (!map) return;
  const text = document.querySelector("[data-points]");
  const tools = figure.querySelector("[data-tools]");
  const note = figure.querySelector("[data-note]");
  const snapping = { toCustom: snapper(map, data) };
  const colours = { fill: token("--dc-accent"), line: token("--dc-accent-2"), point: token("--dc-map-line") };
  const draw = new TerraDraw({
    adapter: new TerraDrawMapLibreGLAdapter({ map, coordinatePrecision: 9 }),
    undoRedo: { modeLevel: new TerraDrawModeUndoRedo(), sessionLevel: new TerraDrawSessionUndoRedo() },
    modes: [
      new TerraDrawPolygonMode({
        snapping,
        showCoordinatePoints: true,
        styles: {
          fillColor: colours.fill,
          fillOpacity: 0.22,
          outlineColor: colours.line,
          outlineWidth: 3,
          closingPointColor: colours.line,
          closingPointWidth: 8,
        },
      }),
      new TerraDrawSelectMode({
        allowManualDeselection: false,
        flags: {
          polygon: {
            feature: { coordinates: { midpoints: true, draggable: true, deletable: true, snappable: snapping } },
          },
        },
        styles: {
          selectedPolygonColor: colours.fill,
          selectedPolygonFillOpacity: 0.22,
          selectedPolygonOutlineColor: colours.line,
          selectedPolygonOutlineWidth: 3,
          selectionPointColor: colours.point,
          selectionPointOutlineColor: colours.line,
          selectionPointOutlineWidth: 2,
          selectionPointWidth: 7,
          midPointColor: colours.line,
          midPointWidth: 4,
        },
      }),
    ],
  });

  const outlines = () =>
    draw.getSnapshot().filter(({ geometry, properties }) => geometry.type === "Polygon" && properties.mode === "polygon");
  let isFollowing = false; // the text is being written from the map, or the map from the text

  function write() {
    if (isFollowing) return;
    const [outline] = outlines();
    const ring = outline && draw.getModeState() !== "drawing" ? outline.geometry.coordinates[0].slice(0, -1) : [];
    text.value = ring.map((point) => rounded(point).join(", ")).join("\n");
  }

  function put(ring) {
    isFollowing = true;
    draw.clear();
    const closed = [...ring, ring[0]];
    const [added] = draw.addFeatures([
      { type: "Feature", properties: { mode: "polygon" }, geometry: { type: "Polygon", coordinates: [closed] } },
    ]);
    isFollowing = false;
    if (added?.valid) choose("select", added.id);
  }

  function choose(mode, id) {
    draw.setMode(mode);
    if (mode === "select") {
      const known = id ?? outlines()[0]?.id;
      if (known != null) draw.selectFeature(known);
    }
    for (const button of tools.querySelectorAll("[data-tool]")) {
      button.setAttribute("aria-pressed", String(button.dataset.tool === mode));
    }
    note.textContent = note.dataset[mode];
    element.dataset.mode = mode;
  }

  map.on("load", () => {
    draw.start();
    draw.on("change", write);
    draw.on("finish", (id) => {
      if (draw.getMode() === "polygon") choose("select", id);
      write();
    });
    // What somebody has written, or sent already, comes before what is kept.
    const ring = read(text.value) ?? (data.outline.length ? data.outline.slice(0, -1).map(rounded) : null);
    if (ring) put(ring);
    else choose("polygon");
    text.addEventListener("input", () => {
      const written = read(text.value);
      if (written) put(written);
    });
    tools.hidden = false;
    element.dataset.state = "ready";
  });
  tools.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.tool === "polygon") {
      draw.clear();
      choose("polygon");
      write();
    } else if (button.dataset.tool === "select" && outlines().length) choose("select");
    else if (button.hasAttribute("data-undo") && draw.canUndo()) {
      draw.undo();
      write();
    }
  });
}

for (const element of document.querySelectorAll("[data-board]")) begin(element);
