/* What the list of Wi-Fi gains where scripts run: the phone's own position, and the map.

   The position never leaves the phone. Distances are computed here, nothing is asked of a server
   afterwards, and neither the address of the page nor any storage holds it. */
(function () {
  'use strict';

  var EARTH = 6371008.8, WALK = 80;   // metres; metres a minute on foot: as desk/places.py
  var AWAY = 30000;                   // metres from the city's middle: a list would be no help
  var page = document.getElementById('wifi');
  var facts = JSON.parse(page.dataset.facts), words = facts.words;
  var said = document.getElementById('said'), heading = document.getElementById('found');
  var ground = document.getElementById('map'), map = null, drawn = null, tiles = null, last = null, ours = false;

  function metres(lat1, lng1, lat2, lng2) {
    var turn = Math.PI / 180, p1 = lat1 * turn, p2 = lat2 * turn;
    var half = Math.pow(Math.sin((p2 - p1) / 2), 2) +
      Math.cos(p1) * Math.cos(p2) * Math.pow(Math.sin((lng2 - lng1) * turn / 2), 2);
    return 2 * EARTH * Math.asin(Math.sqrt(half));
  }

  function inWords(away) {
    var shown = String(Math.round(away / 10) * 10).replace(/\B(?=(\d{3})+$)/g, ',');
    return words.distance.replace('{metres}', shown)
      .replace('{minutes}', Math.max(1, Math.ceil(away / WALK)));
  }

  function ring(away) {
    for (var n = 0; n < facts.rings.length; n += 1) {
      if (away <= facts.rings[n]) { return String(facts.rings[n]); }
    }
    return 'far';
  }

  function say(text, isError) {
    said.textContent = text;
    said.className = isError ? 'error' : 'note';
    said.hidden = !text;
  }

  /* The rest of a long list, before anything is sorted: afterwards nothing may be asked for. */
  function whole() {
    var more = document.getElementById('more');
    if (!more || !window.DOMParser || !window.fetch) { return Promise.resolve(); }
    return fetch(more.querySelector('a').href, {credentials: 'omit'}).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.text();
    }).then(function (text) {
      var read = new DOMParser().parseFromString(text, 'text/html');
      var there = read.getElementById('wifi');
      while (page.firstChild) { page.removeChild(page.firstChild); }
      while (there.firstChild) { page.appendChild(document.adoptNode(there.firstChild)); }
      heading = document.getElementById('found');
    }).catch(function () { /* The list stays as it is, and says how many are missing. */ });
  }

  /* The rows of one part of the list under their rings, nearest first. */
  function sortPart(part, lat, lng) {
    var rows = Array.prototype.map.call(part.querySelectorAll('li'), function (row) {
      var at = row.dataset.at.split(',');
      return {row: row, away: metres(lat, lng, Number(at[0]), Number(at[1]))};
    });
    rows.sort(function (a, b) { return a.away - b.away; });
    while (part.firstChild) { part.removeChild(part.firstChild); }
    var group = '', list = null;
    rows.forEach(function (one) {
      if (ring(one.away) !== group) {
        group = ring(one.away);
        var title = document.createElement('h3');
        title.textContent = words.groups[group];
        list = document.createElement('ul');
        list.className = 'list';
        part.appendChild(title);
        part.appendChild(list);
      }
      one.row.querySelector('.far').textContent = inWords(one.away);
      list.appendChild(one.row);
    });
    return rows;
  }

  function nearestOpen(rows) {
    var box = document.getElementById('nearest');
    if (!box) { return; }
    var open = rows.filter(function (one) { return one.row.dataset.now === '1'; })[0];
    box.hidden = false;
    while (box.firstChild) { box.removeChild(box.firstChild); }
    if (!open) {
      box.textContent = words.none_open;
      return;
    }
    var link = open.row.querySelector('a').cloneNode(true);
    box.appendChild(document.createTextNode(words.nearest_open));
    box.appendChild(link);
    box.appendChild(document.createTextNode(inWords(open.away)));
  }

  function lookFrom(lat, lng, name) {
    last = [lat, lng, name];
    Array.prototype.forEach.call(page.querySelectorAll('[data-part]'), function (part) {
      var rows = sortPart(part, lat, lng);
      if (part.dataset.part === 'match') { nearestOpen(rows); }
    });
    heading.textContent = words.near.replace('{place}', name);
    Array.prototype.forEach.call(page.querySelectorAll('.chosen'), function (one) {
      one.hidden = true;
    });
    if (drawn) { drawn.look(lat, lng, name); }
  }

  /* The phone's position */

  function found(position) {
    var lat = position.coords.latitude, lng = position.coords.longitude;
    var away = metres(lat, lng, facts.centre[0], facts.centre[1]);
    if (away > AWAY) {
      say(words.away.replace('{km}', Math.round(away / 1000)), true);
      return;
    }
    // A background for this place would tell its maker where we are.
    ours = true;
    if (tiles) {
      map.removeLayer(tiles);
      tiles = null;
    }
    lookFrom(lat, lng, words.here);
    say(words.not_sent);
    heading.focus();
  }

  function lost(problem) {
    say(problem.code === 1 ? words.denied : problem.code === 3 ? words.late : words.no_position, true);
  }

  function ask() {
    say(words.asking);
    if (!navigator.geolocation) {
      lost({code: 2});
      return;
    }
    whole().then(function () {
      navigator.geolocation.getCurrentPosition(found, lost,
        {enableHighAccuracy: false, timeout: facts.wait, maximumAge: 60000});
    });
  }

  /* The map, after the list can be used */

  function script(address) {
    return new Promise(function (done, failed) {
      var made = document.createElement('script');
      made.src = address;
      made.onload = done;
      made.onerror = failed;
      document.head.appendChild(made);
    });
  }

  /* Asked for at once: the scripts that will draw it are still on their way. */
  function json(address) {
    return fetch(address, {credentials: 'omit'}).then(function (answer) {
      if (!answer.ok) { throw new Error(answer.status); }
      return answer.json();
    });
  }

  function style(address) {
    return new Promise(function (done) {
      var made = document.createElement('link');
      made.rel = 'stylesheet';
      made.href = address;
      made.onload = made.onerror = done;
      document.head.appendChild(made);
    });
  }

  function drawMap() {
    document.getElementById('show-map').hidden = true;
    ground.hidden = false;
    var spots = json(facts.spots), towns = json(facts.towns);
    return Promise.all(facts.styles.map(style).concat(facts.scripts.map(script)))
      .then(function () {
        map = L.map(ground, {preferCanvas: true, minZoom: 10, maxZoom: 18})
          .setView(facts.centre, 13);
        L.control.scale({imperial: false}).addTo(map);
        if (facts.tiles && !ours) {
          tiles = L.tileLayer(facts.tiles, {attribution: facts.credit, maxNativeZoom: 18}).addTo(map);
        }
        map.on('click', function (tap) {
          whole().then(function () { lookFrom(tap.latlng.lat, tap.latlng.lng, words.tapped); });
        });
        drawn = window.deskMap(map, {
          spots: spots, towns: towns, here: last || facts.here, rings: facts.rings,
          words: facts.map_words, link: '/wifi/', mark: facts.mark
        });
        return drawn.ready;
      })
      .then(function () { ground.dataset.ready = '1'; })
      .catch(function () {
        ground.hidden = true;
        document.getElementById('no-map').hidden = false;
      });
  }

  document.getElementById('no-script').hidden = true;
  var position = document.getElementById('position');
  position.hidden = false;
  position.addEventListener('click', ask);

  // A choice made by finger or mouse is a search. By keyboard it is not: arrows pass every name.
  var town = document.getElementById('town'), byHand = false;
  town.addEventListener('pointerdown', function () { byHand = true; });
  town.addEventListener('keydown', function () { byHand = false; });
  town.addEventListener('change', function () {
    if (!byHand || !town.value) { return; }
    document.getElementById('postal').value = '';
    town.form.submit();
  });

  var line = navigator.connection || {};
  document.getElementById('show-map').addEventListener('click', drawMap);
  if (line.saveData || /2g/.test(line.effectiveType || '')) {
    document.getElementById('show-map').hidden = false;
  } else {
    drawMap();
  }
}());
