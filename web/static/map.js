/* The Wi-Fi map, drawn on a Leaflet map that somebody else made: the light page and the screen.

   deskMap(map, options) returns {look(lat, lng, name), ready}. Options:
     spots, towns   GeoJSON as desk/maps.py makes it, a promise of it, or its address
     here           [lat, lng, name] to look from at first, or null
     rings          radii in metres around it
     words          several, zoom_in, zoom_out
     link, mark     what addresses of a spot's page begin and end with; without link, no links

   Names are data: they only ever become text nodes. Nothing here is needed to use the list. */
(function () {
  'use strict';

  var APART = 40;      // pixels nearer than which spots become one mark
  var MOST = 40;       // spots one popup names
  var LINE = '#8FA39C', HERE = '#B45309';
  var WORST_LAST = ['yes', 'some', 'no'];
  var OUTLINES = {
    circle: ['circle', {cx: 16, cy: 16, r: 12}],
    triangle: ['path', {d: 'M16 3 L30 28 L2 28 Z'}],
    square: ['rect', {x: 5, y: 5, width: 22, height: 22}],
    here: ['path', {d: 'M16 30 L7 16 A10.5 10.5 0 1 1 25 16 Z'}]
  };

  function node(name, text, className) {
    var made = document.createElement(name);
    if (text) { made.textContent = text; }
    if (className) { made.className = className; }
    return made;
  }

  function drawn(name, attributes) {
    var made = L.SVG.create(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return made;
  }

  function load(source) {
    if (typeof source !== 'string') { return Promise.resolve(source); }
    return fetch(source, {credentials: 'omit'}).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.json();
    });
  }

  /* A shape with a white edge, and a number when it stands for several spots. */
  function icon(look, count) {
    var picture = drawn('svg', {width: 32, height: 32, viewBox: '0 0 32 32', 'aria-hidden': true});
    var outline = OUTLINES[look.shape];
    var shape = drawn(outline[0], outline[1]);
    shape.setAttribute('fill', look.fill);
    shape.setAttribute('stroke', '#fff');
    shape.setAttribute('stroke-width', 3);
    shape.setAttribute('stroke-linejoin', 'round');
    picture.appendChild(shape);
    if (count > 1) {
      var number = drawn('text', {
        x: 16, y: look.shape === 'triangle' ? 25 : 21, 'text-anchor': 'middle', fill: '#fff',
        'font-size': count > 99 ? 11 : 14, 'font-weight': 'bold', 'font-family': 'sans-serif'
      });
      number.textContent = count;
      picture.appendChild(number);
    }
    var box = node('div', '', 'desk-spot');
    box.appendChild(picture);
    // 44 pixels to touch, 32 to see.
    return L.divIcon({
      className: '', html: box, iconSize: [44, 44], popupAnchor: [0, -14],
      iconAnchor: look.shape === 'here' ? [22, 36] : [22, 22]
    });
  }

  function popup(spots, options) {
    var box = node('div', '', 'desk-popup');
    if (spots.length > 1) {
      box.appendChild(node('p', options.words.several.replace('{n}', spots.length)));
    }
    spots.slice(0, MOST).forEach(function (spot) {
      var part = node('div');
      var name = node(options.link ? 'a' : 'strong', spot.lines[0]);
      if (options.link) {
        name.href = options.link + encodeURIComponent(spot.id) + (options.mark || '');
      }
      part.appendChild(name);
      spot.lines.slice(1).forEach(function (line) { part.appendChild(node('div', line)); });
      box.appendChild(part);
    });
    if (spots.length > MOST) { box.appendChild(node('p', '…')); }
    return box;
  }

  /* Spots nearer than APART pixels to one already placed join it. A grid finds the neighbours. */
  function gather(spots, map) {
    var zoom = map.getZoom(), grid = {}, marks = [];
    spots.forEach(function (spot) {
      var at = map.project(spot.at, zoom);
      var column = Math.floor(at.x / APART), row = Math.floor(at.y / APART), found = null;
      for (var x = column - 1; x <= column + 1 && !found; x += 1) {
        for (var y = row - 1; y <= row + 1 && !found; y += 1) {
          (grid[x + ' ' + y] || []).forEach(function (mark) {
            if (!found && mark.point.distanceTo(at) < APART) { found = mark; }
          });
        }
      }
      if (found) {
        found.spots.push(spot);
        return;
      }
      found = {point: at, spots: [spot]};
      marks.push(found);
      (grid[column + ' ' + row] = grid[column + ' ' + row] || []).push(found);
    });
    return marks;
  }

  function best(spots) {
    return spots.map(function (spot) { return spot.look; }).sort(function (a, b) {
      return WORST_LAST.indexOf(a) - WORST_LAST.indexOf(b);
    })[0];
  }

  function drawSpots(map, collection, options) {
    var layer = L.layerGroup().addTo(map);
    var spots = collection.features.map(function (feature) {
      var at = feature.geometry.coordinates;
      return {
        at: L.latLng(at[1], at[0]), id: feature.properties.id, look: feature.properties.look,
        lines: feature.properties.lines
      };
    });
    function draw() {
      var seen = map.getBounds().pad(0.2);
      layer.clearLayers();
      gather(spots.filter(function (spot) { return seen.contains(spot.at); }), map)
        .forEach(function (mark) {
          var bounds = L.latLngBounds(mark.spots.map(function (spot) { return spot.at; }));
          // Out of the tab order: the list says all this, and a map of buttons would be a trap.
          var marker = L.marker(mark.spots[0].at, {
            icon: icon(collection.looks[best(mark.spots)], mark.spots.length), keyboard: false
          });
          var one = bounds.getSouthWest().equals(bounds.getNorthEast());
          if (one || map.getZoom() >= map.getMaxZoom()) {
            marker.bindPopup(function () { return popup(mark.spots, options); },
              {maxHeight: 220, minWidth: 160, maxWidth: Math.min(300, map.getSize().x - 90)});
          } else {
            marker.on('click', function () {
              map.fitBounds(bounds.pad(0.2), {maxZoom: map.getZoom() + 3});
            });
          }
          layer.addLayer(marker);
        });
    }
    // An open popup belongs to a mark: not redrawn while the map only moves under it.
    map.on('zoomend', draw);
    map.on('moveend', function () { if (!map._popup || !map._popup.isOpen()) { draw(); } });
    draw();
    return spots;
  }

  /* Names that do not overlap at this zoom, and the ground of each neighbourhood in light lines. */
  function drawTowns(map, collection) {
    L.geoJSON({
      type: 'FeatureCollection',
      features: collection.features.filter(function (feature) { return feature.geometry; })
    }, {
      interactive: false,
      style: {color: LINE, weight: 1, opacity: 0.8, fillColor: '#fff', fillOpacity: 0.35}
    }).addTo(map).bringToBack();
    var layer = L.layerGroup().addTo(map);
    function draw() {
      var zoom = map.getZoom(), seen = map.getBounds().pad(0.1), taken = [];
      layer.clearLayers();
      collection.features.forEach(function (feature) {
        var at = L.latLng(feature.properties.at[1], feature.properties.at[0]);
        if (!seen.contains(at)) { return; }
        var point = map.project(at, zoom), name = feature.properties.name;
        var half = 7 * Math.min(name.length, 12);
        var free = taken.every(function (other) {
          return Math.abs(other.x - point.x) > half + other.half || Math.abs(other.y - point.y) > 16;
        });
        if (!free) { return; }
        taken.push({x: point.x, y: point.y, half: half});
        layer.addLayer(L.marker(at, {
          pane: 'names', interactive: false, keyboard: false,
          icon: L.divIcon({className: '', html: node('span', name, 'desk-name'), iconSize: [0, 0]})
        }));
      });
    }
    map.on('zoomend moveend', draw);
    draw();
  }

  /* Where one looks from, and rings around it: named where the names have room. */
  function drawHere(map, layer, options, lat, lng, name) {
    var names = L.layerGroup(), radii = options.rings || [];
    layer.clearLayers();
    radii.forEach(function (radius) {
      L.circle([lat, lng], {
        radius: radius, color: '#5B6B66', weight: 1.5, dashArray: '4 6', fill: false,
        interactive: false
      }).addTo(layer);
    });
    function draw() {
      var middle = map.latLngToLayerPoint([lat, lng]), last = middle.y - 8;
      names.clearLayers();
      radii.forEach(function (radius) {
        var top = L.latLng(lat + radius / 111195, lng), y = map.latLngToLayerPoint(top).y;
        if (last - y < 18) { return; }
        last = y;
        L.marker(top, {
          pane: 'rings', interactive: false, keyboard: false,
          icon: L.divIcon({
            className: '', iconSize: [0, 0],
            html: node('span', radius < 1000 ? radius + ' m' : radius / 1000 + ' km', 'desk-ring')
          })
        }).addTo(names);
      });
    }
    names.addTo(layer);
    if (layer.rings) { map.off('zoomend', layer.rings); }  // without a listener, all would go
    layer.rings = draw;
    map.on('zoomend', draw);
    draw();
    L.marker([lat, lng], {icon: icon({shape: 'here', fill: HERE}, 1), keyboard: false, zIndexOffset: -1000})
      .bindPopup(function () { return node('strong', name); }).addTo(layer);
  }

  function near(spots, lat, lng) {
    var away = spots.map(function (spot) { return spot.at.distanceTo([lat, lng]); })
      .sort(function (a, b) { return a - b; });
    return Math.max(700, Math.min(3000, 1.15 * (away[Math.min(1, away.length - 1)] || 1000)));
  }

  window.deskMap = function (map, options) {
    var around = L.layerGroup(), spots = [];
    [['names', 450], ['rings', 460]].forEach(function (pane) {
      map.createPane(pane[0]).style.zIndex = pane[1];
      map.getPane(pane[0]).style.pointerEvents = 'none';
    });
    map.attributionControl.setPrefix('Leaflet');
    // One finger and the wheel scroll the page; two fingers move and zoom the map.
    map.scrollWheelZoom.disable();
    if (window.matchMedia('(pointer: coarse)').matches) { map.dragging.disable(); }
    if (map.zoomControl && options.words.zoom_in) {
      map.zoomControl.setPosition('bottomright');  // popups open above, and keep clear of it
      [['_zoomInButton', 'zoom_in'], ['_zoomOutButton', 'zoom_out']].forEach(function (pair) {
        var button = map.zoomControl[pair[0]];
        button.title = options.words[pair[1]];
        button.setAttribute('aria-label', options.words[pair[1]]);
      });
    }
    function look(lat, lng, name) {
      drawHere(map, around.addTo(map), options, lat, lng, name);
      if (!options.keep_view) {
        map.fitBounds(L.latLng(lat, lng).toBounds(2 * near(spots, lat, lng)), {animate: false});
      }
    }
    var ready = load(options.spots).then(function (collection) {
      if (!options.keep_view && !options.here && collection.features.length) {
        map.fitBounds(L.geoJSON(collection).getBounds().pad(0.05), {animate: false, maxZoom: 15});
      }
      spots = drawSpots(map, collection, options);
      if (options.here) { look.apply(null, options.here); }
      return load(options.towns).then(function (towns) { drawTowns(map, towns); });
    });
    return {look: look, ready: ready};
  };
}());
