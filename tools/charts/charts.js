// What report.html needs of Apache ECharts, and no more: the kinds of charts it draws, as SVG.
import { init, use } from "echarts/core";
import { BarChart, LineChart, SankeyChart, ScatterChart } from "echarts/charts";
import {
  AriaComponent, GridComponent, LegendPlainComponent, MarkLineComponent,
} from "echarts/components";
import { SVGRenderer } from "echarts/renderers";

use([
  BarChart, LineChart, SankeyChart, ScatterChart,
  AriaComponent, GridComponent, LegendPlainComponent, MarkLineComponent, SVGRenderer,
]);

export { init };
