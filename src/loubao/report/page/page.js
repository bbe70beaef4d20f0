(function () {
  "use strict";
  var WIDTH = 880;
  var options = JSON.parse(document.getElementById("charts").textContent);
  var family = getComputedStyle(document.body).fontFamily;
  Object.keys(options).forEach(function (name) {
    var place = document.getElementById("chart-" + name);
    if (!place) return;
    var option = options[name];
    var height = option.height;
    delete option.height;
    option.textStyle = { fontFamily: family };
    var chart = charts.init(place, null, { renderer: "svg", width: WIDTH, height: height });
    chart.setOption(option);
    // one drawing for every width of screen and paper
    var drawing = place.querySelector("svg");
    drawing.setAttribute("viewBox", "0 0 " + WIDTH + " " + height);
    drawing.removeAttribute("width");
    drawing.removeAttribute("height");
    drawing.setAttribute("focusable", "false");
    place.setAttribute("data-drawn", "");
  });

  function cellValue(row, column) {
    var cell = row.cells[column];
    return cell.hasAttribute("data-sort") ? Number(cell.getAttribute("data-sort")) : cell.textContent;
  }

  document.querySelectorAll("table.sortable").forEach(function (table) {
    var body = table.tBodies[0];
    var heads = Array.prototype.slice.call(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      head.querySelector("button").addEventListener("click", function () {
        var numbers = head.classList.contains("n");
        var now = head.getAttribute("aria-sort");
        var down = now ? now === "ascending" : numbers;
        heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
        head.setAttribute("aria-sort", down ? "descending" : "ascending");
        var rows = Array.prototype.slice.call(body.rows);
        rows.sort(function (a, b) {
          var x = cellValue(a, column), y = cellValue(b, column);
          var order = numbers ? x - y : x.localeCompare(y, "zh-CN");
          return down ? -order : order;
        });
        rows.forEach(function (row) { body.appendChild(row); });
      });
    });
  });

  var village = document.getElementById("village");
  var town = document.getElementById("town");
  var found = document.getElementById("found");
  var listed = document.querySelector("table.sortable").tBodies[0];
  function filter() {
    var text = village.value.trim();
    var count = 0;
    Array.prototype.forEach.call(listed.rows, function (row) {
      var seen = (!town.value || row.cells[0].textContent === town.value) &&
        (row.cells[0].textContent + row.cells[1].textContent).indexOf(text) >= 0;
      row.hidden = !seen;
      count += seen ? 1 : 0;
    });
    found.textContent = found.getAttribute("data-words").replace("{count}", count);
  }
  village.addEventListener("input", filter);
  town.addEventListener("change", filter);
  document.querySelector(".search").hidden = false;

  var closed = [];
  window.addEventListener("beforeprint", function () {
    closed = Array.prototype.slice.call(document.querySelectorAll("details:not([open])"));
    closed.forEach(function (each) { each.open = true; });
  });
  window.addEventListener("afterprint", function () {
    closed.forEach(function (each) { each.open = false; });
  });
})();
