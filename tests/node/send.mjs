// Sends what stdin says through the stock OpenTelemetry SDK for Node, as an app would, and prints what the SDK said of it.
//
//     node send.mjs URL json|protobuf < {"resource": {…}, "scope": "…", "logs": [{…}], "spans": [{…}]}
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { diag, DiagLogLevel, SpanKind } from "@opentelemetry/api";
import { OTLPLogExporter as JsonLogs } from "@opentelemetry/exporter-logs-otlp-http";
import { OTLPLogExporter as ProtobufLogs } from "@opentelemetry/exporter-logs-otlp-proto";
import { OTLPTraceExporter as JsonSpans } from "@opentelemetry/exporter-trace-otlp-http";
import { OTLPTraceExporter as ProtobufSpans } from "@opentelemetry/exporter-trace-otlp-proto";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchLogRecordProcessor, LoggerProvider } from "@opentelemetry/sdk-logs";
import { BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";

const [url, encoding] = process.argv.slice(2);
const [Logs, Spans] = encoding === "json" ? [JsonLogs, JsonSpans] : [ProtobufLogs, ProtobufSpans];
const { resource: attributes, scope, logs = [], spans = [] } = JSON.parse(readFileSync(0, "utf8"));
const resource = resourceFromAttributes(attributes);

const said = [];
const keep = (...words) => said.push(words.map((word) => (typeof word === "string" ? word : JSON.stringify(word))).join(" "));
diag.setLogger({ error: keep, warn: keep, info() {}, debug() {}, verbose() {} }, DiagLogLevel.WARN);

// About one random span id in 1,600 is taken for text and refused: these are the same in every run, and none is.
let drawn = 0;
const id = (digits) => createHash("sha256").update(`lake ${drawn++}`).digest("hex").slice(0, digits);
const idGenerator = { generateTraceId: () => id(32), generateSpanId: () => id(16) };

// The SDK tells its caller how each export ended: kept on its way.
const results = [];
const told = (exporter) => {
  const plain = exporter.export.bind(exporter);
  exporter.export = (batch, done) =>
    plain(batch, (result) => {
      results.push({ code: result.code, error: result.error?.message ?? null });
      done(result);
    });
  return exporter;
};

if (logs.length) {
  const exporter = told(new Logs({ url: `${url}/v1/logs` }));
  const provider = new LoggerProvider({ resource, processors: [new BatchLogRecordProcessor({ exporter })] });
  const logger = provider.getLogger(scope, "1.4.0");
  for (const log of logs) logger.emit(log);
  await provider.forceFlush().catch(() => {});
  await provider.shutdown().catch(() => {});
}
if (spans.length) {
  const exporter = told(new Spans({ url: `${url}/v1/traces` }));
  const provider = new BasicTracerProvider({ resource, idGenerator, spanProcessors: [new BatchSpanProcessor(exporter)] });
  const tracer = provider.getTracer(scope, "1.4.0");
  for (const span of spans) tracer.startSpan(span.name, { kind: SpanKind.CLIENT, attributes: span.attributes }).end();
  await provider.forceFlush().catch(() => {});
  await provider.shutdown().catch(() => {});
}
console.log(JSON.stringify({ results, said }));
