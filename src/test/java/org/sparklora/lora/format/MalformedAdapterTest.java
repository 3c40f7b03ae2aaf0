package org.sparklora.lora.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.util.InvalidInputException;

/** One clear error, nothing allocated, nothing run. */
class MalformedAdapterTest {
  private static final String DOWN = "'unet.conv_in.lora_A.weight'";

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          {%s:{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]}} | 4 | cut short
          {%s:{'dtype':'F32','shape':[1,2],'data_offsets':[0,6]}} | 8 | has bytes 0 to 6
          {%s:{'dtype':'F16','shape':[1,2],'data_offsets':[0,8]}} | 8 | its type and shape need 4
          {%s:{'dtype':'I32','shape':[1,2],'data_offsets':[0,8]}} | 8 | has no B
          {%s:{'dtype':'F32','shape':[1,2],'data_offsets':[0,8]},'b':{'dtype':'F32','shape':[1],'data_offsets':[4,8]}} | 8 | overlap
          {%s:{'dtype':'F32','shape':[1],'data_offsets':[0,4]},%s:{'dtype':'F32','shape':[1],'data_offsets':[0,4]}} | 4 | Duplicate
          {%s:{'dtype':'F32','shape':[50000,50000],'data_offsets':[0,10000000000]}} | 8 | cut short
          {%s:{'dtype':'F32','shape':[4294967296,4294967296],'data_offsets':[0,8]}} | 8 | overflows
          {} | 0 | no known format
          """)
  void safetensors(String header, int dataBytes, String why) throws IOException {
    String json = header.replace("%s", DOWN).replace('\'', '"');
    assertRefused(safetensorsFile(json, json.length(), dataBytes), why);
  }

  @Test
  void safetensorsHeaderBeyondTheFile() throws IOException {
    assertRefused(safetensorsFile("{}", 1_000_000, 0), "its header claims 1000000 bytes but");
    assertRefused(safetensorsFile("{}", Long.MAX_VALUE, 0), "at most 100000000 are allowed");
  }

  @Test
  void truncatedFiles() throws IOException {
    for (String file : new String[] {"lora_disney.safetensors", "pytorch_lora_weights.bin"}) {
      byte[] bytes = Files.readAllBytes(Adapters.real(file));
      assertRefused(Arrays.copyOf(bytes, bytes.length / 2), "cut short");
      assertRefused(Arrays.copyOf(bytes, 5), "Invalid");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          cposix\\nsystem\\n(X\u0005\\0\\0\\0touchtR. | posix.system
          cos\\nsystem\\n(X\u0005\\0\\0\\0touchtR. | os.system
          c__builtin__\\neval\\n(X\u0001\\0\\0\\0xtR. | __builtin__.eval
          (itorch\\nload\\n. | opcode 0x69
          ctorch._utils\\n_rebuild_tensor_v2\\n)R. | without storage
          """)
  void picklesOfCode(String pickle, String why) throws IOException {
    assertRefused(
        torch(pickle.replace("\\n", "\n").replace("\\0", "\0"), "data/0", new byte[8]), why);
  }

  @Test
  void torchTensorsThatClaimMoreThanTheFileHas() throws IOException {
    String storage = "((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" + "0X\3\0\0\0cpuJ";
    String pickle =
        "}X\1\0\0\0actorch._utils\n_rebuild_tensor_v2\n"
            + storage
            + "\0\0\0\u007ftQK\0J\0\0\0\u007f\u0085K\1\u0085\u0089ccollections\n"
            + "OrderedDict\n"
            + ")RtRs.";
    assertRefused(torch(pickle, "data/0", new byte[8]), "but it has 8 bytes");
    assertRefused(torch(pickle, "data/1", new byte[8]), "which is not there");
  }

  private void assertRefused(byte[] bytes, String why) throws IOException {
    Path file = Files.write(folder.resolve("malformed"), bytes);
    ThreadMXBean memory = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = memory.getCurrentThreadAllocatedBytes();
    assertThatThrownBy(() -> AdapterFile.read(file))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(why)
        .hasMessageContaining(file.toString())
        .satisfies(
            e ->
                assertThat(((InvalidInputException) e).kind())
                    .isEqualTo(InvalidInputException.Kind.DATA));
    assertThat(memory.getCurrentThreadAllocatedBytes() - before).isLessThan(64 << 20);
  }

  private static byte[] safetensorsFile(String header, long claimed, int dataBytes) {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    return ByteBuffer.allocate(8 + json.length + dataBytes)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(claimed)
        .put(json)
        .array();
  }

  private static byte[] torch(String pickle, String entry, byte[] storage) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(out)) {
      put(zip, "a/data.pkl", pickle.getBytes(StandardCharsets.ISO_8859_1));
      put(zip, "a/" + entry, storage);
    }
    return out.toByteArray();
  }

  private static void put(ZipOutputStream zip, String name, byte[] bytes) throws IOException {
    CRC32 crc = new CRC32();
    crc.update(bytes);
    ZipEntry entry = new ZipEntry(name);
    entry.setMethod(ZipEntry.STORED);
    entry.setSize(bytes.length);
    entry.setCrc(crc.getValue());
    zip.putNextEntry(entry);
    zip.write(bytes);
    zip.closeEntry();
  }
}
