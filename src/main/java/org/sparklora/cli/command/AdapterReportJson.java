package org.sparklora.cli.command;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import java.util.List;
import java.util.Locale;
import org.sparklora.lora.combine.BlockNorms;
import org.sparklora.util.PlainJson;

/** Reports on adapters as a JSON array. */
final class AdapterReportJson {
  private AdapterReportJson() {}

  static String of(List<AdapterReport> reports) {
    JsonArray all = new JsonArray();
    reports.forEach(report -> all.add(json(report)));
    return PlainJson.pretty(all);
  }

  private static JsonObject json(AdapterReport report) {
    JsonObject json = new JsonObject();
    json.addProperty("path", report.path());
    json.addProperty("format", report.format());
    json.addProperty("bytes", report.bytes());
    json.add(
        "types", PlainJson.array(report.types().stream().map(AdapterReportJson::name).toList()));
    json.addProperty("base_model", report.baseModel().orElse(null));
    json.addProperty("parameters", report.parameters());
    JsonArray networks = new JsonArray();
    report.networks().forEach(network -> networks.add(json(network)));
    json.add("networks", networks);
    JsonArray relative = new JsonArray();
    report.relative().forEach(part -> relative.add(json(part)));
    json.add("relative", relative);
    JsonArray blocks = new JsonArray();
    report.blocks().forEach(block -> blocks.add(json(block)));
    json.add("blocks", blocks);
    JsonArray tokens = new JsonArray();
    report.tokens().forEach(token -> tokens.add(json(token)));
    json.add("tokens", tokens);
    JsonObject metadata = new JsonObject();
    report.metadata().forEach(metadata::addProperty);
    json.add("metadata", metadata);
    return json;
  }

  private static JsonObject json(AdapterReport.NetworkPart part) {
    JsonObject json = new JsonObject();
    json.addProperty("network", name(part.network()));
    json.addProperty("modules", part.modules());
    json.add("ranks", PlainJson.object(part.ranks()));
    json.add("alphas", PlainJson.object(part.alphas()));
    json.addProperty("dora", part.dora());
    return json;
  }

  private static JsonObject json(AdapterReport.RelativePart part) {
    JsonObject json = new JsonObject();
    json.addProperty("network", name(part.network()));
    json.addProperty("kind", part.kind());
    json.addProperty("modules", part.modules());
    json.add("sizes", PlainJson.object(part.sizes()));
    return json;
  }

  private static JsonObject json(BlockNorms.Block block) {
    JsonObject json = new JsonObject();
    json.addProperty("network", name(block.network()));
    json.addProperty("block", block.block());
    json.addProperty("modules", block.modules());
    json.addProperty("norm", block.norm());
    return json;
  }

  private static JsonObject json(AdapterReport.Token token) {
    JsonObject json = new JsonObject();
    json.addProperty("token", token.token());
    json.addProperty("vectors", token.vectors());
    json.addProperty("width", token.width());
    return json;
  }

  private static String name(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }
}
