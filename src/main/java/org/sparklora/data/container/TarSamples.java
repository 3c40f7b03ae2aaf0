package org.sparklora.data.container;

import static org.sparklora.util.Json.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.sparklora.data.caption.CaptionText;

/**
 * Reads the samples of a tar of WebDataset. The files of a sample have the same name up to the
 * first point: https://github.com/webdataset/webdataset
 */
final class TarSamples {
  private static final Pattern NAME = Pattern.compile("(?s)((?:.*/)?[^/.]+)\\.([^/]+)");
  private static final long LONGEST_CAPTION = 1 << 20;

  private final FileBytes file;
  private final SampleColumns columns;

  private TarSamples(FileBytes file, SampleColumns columns) {
    this.file = file;
    this.columns = columns;
  }

  /** The samples, in the order of their first files. */
  static List<ContainedRow> rows(FileBytes file, SampleColumns columns) throws IOException {
    TarSamples samples = new TarSamples(file, columns);
    List<ContainedRow> rows = new ArrayList<>();
    for (TarSample sample : byKey(TarMembers.of(file))) {
      if (sample.isOne(columns)) {
        rows.add(samples.row(sample));
      }
    }
    return rows;
  }

  private static List<TarSample> byKey(List<TarMember> members) throws IOException {
    Map<String, TarSample> samples = new LinkedHashMap<>();
    for (TarMember member : members) {
      Matcher name = NAME.matcher(member.name());
      if (!name.matches()) {
        continue; // hidden, or without an ending
      }
      TarSample sample = samples.computeIfAbsent(name.group(1), TarSample::new);
      String ending = name.group(2).toLowerCase(Locale.ROOT);
      if (sample.members().put(ending, member) != null) {
        throw new IOException(
            "it has two files "
                + member.name()
                + "; make it again, because tar -r adds a file and keeps the old one");
      }
    }
    return List.copyOf(samples.values());
  }

  private ContainedRow row(TarSample sample) throws IOException {
    List<TarMember> pictures = sample.pictures(columns);
    if (pictures.size() > 1) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "its sample %s has several pictures (%s); name the ending of one with --image_column",
              sample.key(),
              sample.endings()));
    }
    List<String> captions = new ArrayList<>();
    String noCaption = columns.caption().isPresent() ? captions(sample, captions) : "";
    return new ContainedRow(
        pictures.isEmpty() ? "sample " + sample.key() : pictures.get(0).name(),
        pictures.isEmpty() ? 0 : pictures.get(0).from(),
        pictures.isEmpty() ? 0 : pictures.get(0).bytes(),
        captions,
        pictures.isEmpty() ? "has only " + sample.endings() : "is empty",
        noCaption);
  }

  /** Adds the captions of a sample. Returns what is there if none is. */
  private String captions(TarSample sample, List<String> captions) throws IOException {
    List<TarMember> texts = sample.texts(columns);
    if (texts.size() > 1) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "its sample %s has .txt and .caption; say with --caption_extension which to read",
              sample.key()));
    }
    if (!texts.isEmpty()) {
      captions.addAll(CaptionText.present(List.of(text(texts.get(0)).strip())));
      return "has a blank one in " + texts.get(0).name();
    }
    if (sample.json().isPresent() && columns.extension().isEmpty()) {
      return inJson(sample.json().get(), captions);
    }
    return "has none beside " + sample.endings();
  }

  private String inJson(TarMember member, List<String> captions) throws IOException {
    if (!(json(member) instanceof ObjectNode object)) {
      throw new IOException("its member " + member.name() + " is no JSON object");
    }
    String key = columns.caption().orElseThrow();
    JsonNode value = object.path(key);
    if (value.isMissingNode()) {
      return String.format(
          Locale.ROOT,
          "has no %s in %s, whose keys are %s; name one with --caption_column",
          key,
          member.name(),
          String.join(", ", keys(object)));
    }
    if (value.isTextual()) {
      captions.addAll(CaptionText.captions(value.textValue()));
    } else {
      List<String> texts = new ArrayList<>();
      value.forEach(element -> texts.add(element.asText("")));
      captions.addAll(CaptionText.present(texts));
    }
    return "has a blank " + key + " in " + member.name();
  }

  private static List<String> keys(ObjectNode object) {
    List<String> keys = new ArrayList<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }

  private JsonNode json(TarMember member) throws IOException {
    try {
      return JSON.readTree(text(member));
    } catch (JsonProcessingException e) {
      throw new IOException("its member " + member.name() + " is no valid JSON", e);
    }
  }

  private String text(TarMember member) throws IOException {
    if (member.bytes() > LONGEST_CAPTION) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "its member %s has %d bytes, too many for captions (at most %d)",
              member.name(),
              member.bytes(),
              LONGEST_CAPTION));
    }
    try {
      byte[] content = file.at(member.from(), member.bytes());
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(content)).toString();
      return text.startsWith("\uFEFF") ? text.substring(1) : text;
    } catch (CharacterCodingException e) {
      throw new IOException("its member " + member.name() + " is not UTF-8; write it anew", e);
    }
  }
}
