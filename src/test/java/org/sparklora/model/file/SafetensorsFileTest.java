package org.sparklora.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.util.InvalidInputException;

class SafetensorsFileTest {
  @TempDir private Path folder;

  private Path write(String header, int dataBytes) throws IOException {
    byte[] json = header.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    return write(json.length, json, dataBytes);
  }

  private Path write(long claimedHeader, byte[] header, int dataBytes) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.allocate(8 + header.length + dataBytes).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putLong(claimedHeader).put(header);
    for (int i = 0; i < dataBytes; i++) {
      bytes.put((byte) i);
    }
    return Files.write(folder.resolve("model.safetensors"), bytes.array());
  }

  @Test
  void readsTensorsInOrderOfTheirBytes() throws IOException {
    Path file =
        write(
            "{'b':{'dtype':'U8','shape':[2,2],'data_offsets':[4,8]},"
                + "'__metadata__':{'rank':'4'},"
                + "'a':{'dtype':'I32','shape':[],'data_offsets':[0,4]}}   ",
            8);

    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      assertThat(tensors.tensors().keySet()).containsExactly("a", "b");
      assertThat(tensors.metadata()).containsEntry("rank", "4").hasSize(1);
      assertThat(tensors.data("a").getInt()).isEqualTo(0x03020100);
      assertThat(tensors.data("b").get(3)).isEqualTo((byte) 7);
      assertThat(tensors.data("b").isReadOnly()).isTrue();
      assertThat(tensors.tensors().get("b").shape()).containsExactly(2, 2);
    }
  }

  @Test
  void keepsDataAfterTheFileIsClosed() throws IOException {
    Path file = write("{'a':{'dtype':'U8','shape':[3],'data_offsets':[0,3]}}", 3);
    ByteBuffer data;
    try (SafetensorsFile tensors = SafetensorsFile.open(file)) {
      data = tensors.data("a");
    }
    assertThat(data.get(2)).isEqualTo((byte) 2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {                                                             | not valid JSON
          [1]                                                           | not a JSON object
          {} {}                                                         | not valid JSON
          {'a':1,'a':2}                                                 | Duplicate
          {'__metadata__':{'a':1}}                                      | entry a is not a text
          {'a':{'dtype':'F32','shape':[1]}}                             | tensor a lacks a valid
          {'a':{'dtype':'F32','shape':[-1],'data_offsets':[0,8]}}       | tensor a lacks a valid
          {'a':{'dtype':'F32','shape':[1.5],'data_offsets':[0,8]}}      | tensor a lacks a valid
          {'a':{'dtype':'F32','shape':[1],'data_offsets':[0,8,9]}}      | tensor a lacks a valid
          {'a':{'dtype':'F8_E4M3','shape':[8],'data_offsets':[0,8]}}    | Unsupported type of tensor a
          {'a':{'dtype':'F32','shape':[3],'data_offsets':[0,8]}}        | need 12
          {'a':{'dtype':'F32','shape':[2],'data_offsets':[8,0]}}        | bytes 8 to 0
          {'a':{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | overflows
          {'a':{'dtype':'F32','shape':[9223372036854775807,2,0],'data_offsets':[0,8]}} | overflows
          {'a':{'dtype':'U8','shape':[4],'data_offsets':[4,8]}}         | there is a gap: a begins
          {'a':{'dtype':'U8','shape':[6],'data_offsets':[0,6]},'b':{'dtype':'U8','shape':[4],'data_offsets':[4,8]}} | overlap: b
          {'a':{'dtype':'U8','shape':[4],'data_offsets':[0,4]}}         | take 4 bytes but the file holds 8
          {'a':{'dtype':'U8','shape':[9],'data_offsets':[0,9]}}         | cut short
          """)
  void refusesADamagedHeader(String header, String why) throws IOException {
    Path file = write(header, 8);

    assertThatThrownBy(() -> SafetensorsFile.open(file, "s3a://bucket/unet"))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(why)
        .hasMessageContaining("s3a://bucket/unet");
  }

  @ParameterizedTest
  @CsvSource({"-1", "9223372036854775807", "100000001", "5"})
  void refusesAHeaderLongerThanTheFile(long claimed) throws IOException {
    Path file = write(claimed, new byte[] {'{', '}'}, 0);

    assertThatThrownBy(() -> SafetensorsFile.open(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("its header claims");
  }

  @Test
  void refusesHeadersThatAreNotUtf8() throws IOException {
    Path file = write(3, new byte[] {'{', (byte) 0xFF, '}'}, 0);

    assertThatThrownBy(() -> SafetensorsFile.open(file)).hasMessageContaining("not UTF-8");
  }

  @Test
  void namesAMissingFileAMissingTensorAndAnLfsPointer() throws IOException {
    Path missing = folder.resolve("missing.safetensors");
    assertThatThrownBy(() -> SafetensorsFile.open(missing))
        .isInstanceOf(InvalidInputException.class)
        .hasMessage("Cannot read " + missing + ": no such file");

    Path pointer =
        Files.writeString(
            folder.resolve("lfs"), "version https://git-lfs.github.com/spec/v1\noid sha256:00\n");
    assertThatThrownBy(() -> SafetensorsFile.open(pointer)).hasMessageContaining("git lfs pull");

    try (SafetensorsFile empty = SafetensorsFile.open(write("{}", 0))) {
      assertThatThrownBy(() -> empty.data("conv_in.weight"))
          .isInstanceOf(InvalidInputException.class)
          .hasMessageStartingWith("Missing tensor conv_in.weight in ");
    }
  }

  @Test
  void readsBeyondTwoGigabytes() throws IOException {
    long half = 1_500_000_000;
    String header =
        "{\"a\":{\"dtype\":\"U8\",\"shape\":[1500000000],\"data_offsets\":[0,1500000000]},"
            + "\"b\":{\"dtype\":\"U8\",\"shape\":[1500000000],"
            + "\"data_offsets\":[1500000000,3000000000]}}";
    Path path = folder.resolve("large.safetensors");
    // Only the pages that are written take space.
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.writeLong(Long.reverseBytes(header.length()));
      file.write(header.getBytes(StandardCharsets.UTF_8));
      long start = file.getFilePointer();
      file.setLength(start + 2 * half);
      file.seek(start + 2 * half - 1);
      file.write(42);
    }
    try (SafetensorsFile tensors = SafetensorsFile.open(path)) {
      assertThat(tensors.data("b").get((int) half - 1)).isEqualTo((byte) 42);
    }
  }
}
