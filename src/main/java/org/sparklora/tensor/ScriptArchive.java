package org.sparklora.tensor;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/**
 * Packs TorchScript source into the archive that {@code torch::jit::load} reads: {@code data.pkl}
 * (an object of class {@code __torch__.Ops}), {@code code/__torch__.py}, {@code constants.pkl} and
 * {@code version}, all stored without compression.
 */
final class ScriptArchive {
  /** The files of the op library: the first opens the class, the others go on with it. */
  static final List<String> CHAPTERS =
      List.of(
          "library",
          "weights",
          "products",
          "adapters",
          "lycoris",
          "layers",
          "convolutions",
          "filtering",
          "norms",
          "attention",
          "blocked_attention",
          "transformer",
          "null_attention",
          "feed_forward",
          "resnet",
          "sampling",
          "embeddings",
          "autoencoder",
          "text",
          "losses",
          "gradients");

  /** The line that makes a chapter readable on its own; the library has it once. */
  private static final String CLASS = "class Ops(Module):\n";

  private ScriptArchive() {}

  /**
   * The op library's archive.
   *
   * @param processor from which the attributes {@code emulates_bf16} and {@code wide_vectors} come
   */
  static byte[] ops(Processor processor) {
    try {
      return pack(source().getBytes(StandardCharsets.UTF_8), processor);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot pack the op library", e);
    }
  }

  /** The source of the op library: its chapters, joined to one class. */
  static String source() {
    StringBuilder source = new StringBuilder();
    for (String chapter : CHAPTERS) {
      String text = chapter(chapter);
      source.append(source.isEmpty() ? text : text.replace(CLASS, "")).append('\n');
    }
    return source.toString();
  }

  private static String chapter(String name) {
    String file = "ops/" + name + ".py";
    try (InputStream in = ScriptArchive.class.getResourceAsStream(file)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("Cannot read the op library's chapter " + file, e);
    }
  }

  private static byte[] pack(byte[] source, Processor processor) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.setMethod(ZipOutputStream.STORED);
      store(
          zip,
          "data.pkl",
          latin1(
              "\u0080\u0002c__torch__\nOps\n)\u0081}("
                  + attribute("training", true)
                  + attribute("emulates_bf16", !processor.multipliesBf16())
                  + attribute("wide_vectors", processor.wideVectors())
                  + "ub."));
      store(zip, "code/__torch__.py", source);
      store(zip, "constants.pkl", latin1("\u0080\u0002)."));
      store(zip, "version", latin1("10\n"));
    }
    return bytes.toByteArray();
  }

  /** A key and a value in the form of pickle: a string of less than 256 bytes and a boolean. */
  private static String attribute(String name, boolean value) {
    return "X" + (char) name.length() + "\0\0\0" + name + (value ? '\u0088' : '\u0089');
  }

  private static void store(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(content);
    ZipEntry entry = new ZipEntry("ops/" + name);
    entry.setSize(content.length);
    entry.setCompressedSize(content.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private static byte[] latin1(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }
}
