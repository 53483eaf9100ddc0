// Makes a PNG of the picture on the page, in the reader's own browser: its fonts are at hand there.
(function () {
  "use strict";
  var SCALE = 2; // pixels a unit: sharp on paper
  var button = document.getElementById("png");
  var drawing = document.querySelector("#picture svg");
  if (!button || !drawing) {
    return;
  }
  button.hidden = false;

  function save(blob) {
    var link = document.createElement("a");
    var address = URL.createObjectURL(blob);
    link.href = address;
    link.download = button.dataset.file;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(function () { URL.revokeObjectURL(address); }, 10000);
  }

  button.addEventListener("click", function () {
    var wide = drawing.viewBox.baseVal.width * SCALE;
    var high = drawing.viewBox.baseVal.height * SCALE;
    var image = new Image();
    image.onload = function () {
      var canvas = document.createElement("canvas");
      canvas.width = wide;
      canvas.height = high;
      canvas.getContext("2d").drawImage(image, 0, 0, wide, high);
      canvas.toBlob(save, "image/png");
    };
    image.src = "data:image/svg+xml;charset=utf-8," +
      encodeURIComponent(new XMLSerializer().serializeToString(drawing));
  });
})();
