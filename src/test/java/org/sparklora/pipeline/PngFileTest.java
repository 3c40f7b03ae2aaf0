package org.sparklora.pipeline;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.metadata.IIOMetadata;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;

class PngFileTest {
  private static final Map<String, String> TEXTS = texts();

  @TempDir private Path folder;

  @Test
  void theTextsAreThereAndThePictureIsWhole() throws Exception {
    BufferedImage image = picture();
    byte[] png = PngFile.encode(image, TEXTS);
    assertThat(read(png)).isEqualTo(TEXTS);
    BufferedImage decoded = ImageIO.read(new ByteArrayInputStream(png));
    for (int i = 0; i < 48; i++) {
      assertThat(decoded.getRGB(i % 8, i / 8)).isEqualTo(image.getRGB(i % 8, i / 8));
    }
  }

  @Test
  void theBytesAreAFunctionOfPictureAndTexts() {
    assertThat(PngFile.encode(picture(), TEXTS)).isEqualTo(PngFile.encode(picture(), TEXTS));
  }

  /** Needs Python with Pillow; SPARK_LORA_PYTHON names it. */
  @Test
  void pillowReadsTheTexts() throws Exception {
    String python = System.getenv("SPARK_LORA_PYTHON");
    assumeThat(python).as("SPARK_LORA_PYTHON").isNotNull();
    Path file = Files.write(folder.resolve("a.png"), PngFile.encode(picture(), TEXTS));
    String script =
        "import sys; from PIL import Image; image = Image.open(sys.argv[1]); image.load();"
            + " sys.stdout.buffer.write('|'.join(image.text[k] for k in sys.argv[2:]).encode())";
    ProcessBuilder builder = new ProcessBuilder(python, "-c", script, file.toString());
    builder.command().addAll(TEXTS.keySet());
    Process process = builder.redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).isZero();
    assertThat(printed).isEqualTo(String.join("|", TEXTS.values()));
  }

  private static Map<String, String> texts() {
    Map<String, String> texts = new LinkedHashMap<>();
    texts.put("parameters", "a café\nNegative prompt: x\nSteps: 3, Seed: 1");
    texts.put("prompt", "猫 with a ✨ hat, \"quoted\" & <b>");
    texts.put("negative_prompt", "");
    texts.put("Software", "spark-lora");
    return texts;
  }

  private static BufferedImage picture() {
    BufferedImage image = new BufferedImage(8, 6, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 48; i++) {
      image.setRGB(i % 8, i / 8, 0x010305 * i);
    }
    return image;
  }

  /** The text chunks by keyword. */
  static Map<String, String> read(byte[] png) throws Exception {
    ImageReader reader = ImageIO.getImageReadersByFormatName("png").next();
    reader.setInput(ImageIO.createImageInputStream(new ByteArrayInputStream(png)));
    IIOMetadata metadata = reader.getImageMetadata(0);
    Map<String, String> found = new LinkedHashMap<>();
    NodeList chunks = metadata.getAsTree(metadata.getNativeMetadataFormatName()).getChildNodes();
    for (int i = 0; i < chunks.getLength(); i++) {
      String value =
          switch (chunks.item(i).getNodeName()) {
            case "tEXt" -> "value";
            case "iTXt" -> "text";
            default -> "";
          };
      NodeList entries = chunks.item(i).getChildNodes();
      for (int j = 0; !value.isEmpty() && j < entries.getLength(); j++) {
        Node entry = entries.item(j);
        found.put(attribute(entry, "keyword"), attribute(entry, value));
      }
    }
    return found;
  }

  private static String attribute(Node node, String name) {
    return node.getAttributes().getNamedItem(name).getNodeValue();
  }
}
