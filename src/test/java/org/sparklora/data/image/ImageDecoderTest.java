package org.sparklora.data.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.awt.image.BufferedImage;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageDecoderTest {
  static Stream<JsonNode> losslessFiles() {
    return Stream.concat(ImageFixtures.cases("decode"), ImageFixtures.oddCases("shown"));
  }

  static Stream<String> jpegFiles() {
    return Stream.concat(ImageFixtures.cases("jpeg"), ImageFixtures.oddCases("near"))
        .map(JsonNode::asText);
  }

  static Stream<JsonNode> damagedFiles() {
    return ImageFixtures.oddCases("refused");
  }

  @ParameterizedTest
  @MethodSource("losslessFiles")
  void givesThePixelsOfPillowOnWhite(JsonNode testCase) throws Exception {
    Pixels pixels = ImageFixtures.pixels(testCase.get("image").asText());
    assertThat(pixels.width()).isEqualTo(testCase.get("width").asInt());
    assertThat(pixels.height()).isEqualTo(testCase.get("height").asInt());
    assertThat(ImageFixtures.sha256(pixels.rgb())).isEqualTo(testCase.get("sha256").asText());
  }

  @Test
  void aMasksColoursCountWhateverTheirAlphaIs() {
    BufferedImage image = new BufferedImage(2, 1, BufferedImage.TYPE_INT_ARGB);
    image.setRGB(0, 0, 0x00000000);
    image.setRGB(1, 0, 0x80FFFFFF);
    assertThat(RgbSamples.opaque(image).rgb()).containsExactly(0, 0, 0, -1, -1, -1);
    assertThat(RgbSamples.of(image).rgb()).containsExactly(-1, -1, -1, -1, -1, -1);
  }

  @ParameterizedTest
  @MethodSource("jpegFiles")
  void givesThePixelsOfAnUprightJpeg(String name) throws Exception {
    Pixels actual = ImageFixtures.pixels(name);
    Pixels expected = ImageFixtures.pixels(name + ".png");
    assertThat(actual.width()).isEqualTo(expected.width());
    assertThat(actual.height()).isEqualTo(expected.height());
    // Decoders may round the inverse transform and upsample chroma differently.
    assertThat(largestDifference(actual, expected)).isLessThanOrEqualTo(3);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "animated.webp | Cannot decode image: WEBP (392 bytes) is damaged or of an unsupported"
            + " kind",
        "truncated.webp | Cannot decode image: WEBP (1500 bytes) is damaged",
        "truncated.png | Cannot decode image: PNG (3000 bytes) is damaged",
        "truncated.jpg | Cannot decode image: JPEG (1500 bytes) is damaged",
        "bomb.png | Cannot decode image: PNG of 60000 x 60000 has more than 134217728 pixels",
        "text.png | Cannot decode image: unknown format (13 bytes)",
        "empty.png | Cannot decode image: unknown format (0 bytes)",
      })
  void namesWhatCannotBeDecoded(String name, String message) {
    assertThatThrownBy(() -> ImageFixtures.pixels(name))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageStartingWith(message);
  }

  @ParameterizedTest
  @MethodSource("damagedFiles")
  void makesUpNoPixels(JsonNode testCase) {
    assertThatThrownBy(() -> ImageFixtures.pixels(testCase.get("image").asText()))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageContaining("is damaged or of an unsupported kind")
        .hasMessageContaining(testCase.get("reason").asText());
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb.png", "palette.gif", "rgb.bmp", "lossy.webp", "lossless.webp"})
  void aPictureThatIsCutAnywhereIsWholeOrRefused(String name) throws Exception {
    byte[] file = ImageFixtures.bytes(name);
    byte[] pixels = ImageFixtures.pixels(name).rgb();
    for (int length = 0; length < file.length; length += 1 + file.length / 97) {
      try {
        assertThat(new ImageDecoder().decode(Arrays.copyOf(file, length)).rgb()).isEqualTo(pixels);
      } catch (UndecodableImageException e) {
        assertThat(e).hasMessageStartingWith("Cannot decode image: ");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"rgb420.jpg", "progressive.jpg", "grey.jpg", "cmyk.jpg"})
  void aJpegThatIsCutAnywhereIsRefused(String name) {
    byte[] file = ImageFixtures.bytes(name);
    for (int length = 0; length < file.length; length += 7) {
      byte[] cut = Arrays.copyOf(file, length);
      assertThatThrownBy(() -> new ImageDecoder().decode(cut))
          .isInstanceOf(UndecodableImageException.class);
    }
  }

  @Test
  void saysWhatStandsInAPicturesPlace() {
    byte[] pointer =
        "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"
            .getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> new ImageDecoder().decode(pointer))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageStartingWith("Cannot decode image: it is a Git LFS pointer");
    byte[] page = "<!DOCTYPE html><html>".getBytes(StandardCharsets.UTF_8);
    assertThatThrownBy(() -> new ImageDecoder().decode(page))
        .isInstanceOf(UndecodableImageException.class)
        .hasMessageStartingWith("Cannot decode image: it is an HTML page");
  }

  private static int largestDifference(Pixels a, Pixels b) {
    int largest = 0;
    for (int i = 0; i < a.rgb().length; i++) {
      largest = Math.max(largest, Math.abs((a.rgb()[i] & 0xff) - (b.rgb()[i] & 0xff)));
    }
    return largest;
  }
}
