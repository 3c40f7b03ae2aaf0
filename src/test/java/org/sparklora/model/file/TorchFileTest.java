package org.sparklora.model.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.sparklora.model.Resources;
import org.sparklora.util.InvalidInputException;

class TorchFileTest {
  @TempDir private Path folder;

  /** Every type, strides, parameters, a nested state dict: the same tensors as safetensors. */
  @Test
  void readsWhatTorchReads() {
    try (TorchFile torch = TorchFile.open(Resources.file("/model/every_type.bin"));
        SafetensorsFile expected =
            SafetensorsFile.open(Resources.file("/model/every_type.safetensors"))) {
      assertThat(torch.tensors().keySet())
          .containsExactlyInAnyOrderElementsOf(expected.tensors().keySet())
          .startsWith("f32", "f64");
      expected
          .tensors()
          .forEach(
              (name, info) -> {
                assertThat(torch.tensors().get(name)).hasToString(info.toString());
                assertThat(torch.data(name)).as(name).isEqualTo(expected.data(name));
                assertThat(torch.data(name).isReadOnly()).isTrue();
                assertThat(torch.data(name).order()).isEqualTo(expected.data(name).order());
              });
    }
  }

  @Test
  void readsLaterPickleProtocols() {
    try (TorchFile torch = TorchFile.open(Resources.file("/model/protocol4.bin"));
        TorchFile expected = TorchFile.open(Resources.file("/model/every_type.bin"))) {
      assertThat(torch.tensors().keySet()).containsExactly("f32", "f64");
      assertThat(torch.data("f32")).isEqualTo(expected.data("f32"));
    }
  }

  @Test
  void refusesAPickleOfCodeByTheNameItAsksFor() {
    assertThatThrownBy(() -> TorchFile.open(Resources.file("/model/module.bin")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("its pickle refers to torch.nn.modules.linear.Linear");
    assertThatThrownBy(() -> TorchFile.open(zip("cos\nsystem\n(S'true'\ntR.", false)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("its pickle refers to os.system");
  }

  @Test
  void refusesTheFormatOfOldTorch() throws IOException {
    assertThatThrownBy(() -> TorchFile.open(Resources.file("/model/legacy.bin")))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("torch before 1.6");
    Path text = Files.writeString(folder.resolve("page.bin"), "no archive of torch");
    assertThatThrownBy(() -> TorchFile.open(text)).hasMessageContaining("not a zip archive");
  }

  @Test
  void refusesCompressedEntries() {
    assertThatThrownBy(() -> TorchFile.open(zip("}.", true)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("entry a/data.pkl is compressed");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          .          | takes a value where there is none
          ]a.        | takes a value where there is none
          }          | ends in the middle
          (t.        | other than a dictionary or list of tensors
          ]K1a.      | other than a dictionary or list of tensors
          e.         | container that never began
          N}s.       | takes a value where there is none
          }K1K2s.    | keys other than texts
          I1.        | uses opcode 0x49 at byte 0
          hx.        | recalls a value it never stored
          )Q.        | other than a tensor storage
          NNR.       | calls something that has no name
          ctorch\\nFloatStorage\\n)R. | calls torch.FloatStorage
          X\u007f\u007f\u007f\u007f. | ends in the middle of a text
          """)
  void refusesADamagedPickle(String pickle, String why) {
    assertThatThrownBy(() -> TorchFile.open(zip(pickle.replace("\\n", "\n"), false)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(why);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          0  | 5    | 1    | 4          | reaches beyond its storage 0 of 4 elements
          2  | 3    | 1    | 4          | reaches beyond
          0  | 2    | 9    | 4          | reaches beyond
          0  | 1000 | 0    | 4          | reaches beyond
          -1 | 1    | 1    | 4          | reaches beyond
          0  | -1   | 1    | 4          | not sizes
          0  | 2147483647 | 2147483647 | 2147483647 | reaches beyond
          0  | 4    | 1    | 2147483647 | as 2147483647 elements of 4 bytes, but it has 16
          """)
  void refusesTensorsOutsideTheirStorage(
      int offset, int size, int stride, int elements, String why) {
    String pickle =
        "}X\1\0\0\0wctorch._utils\n_rebuild_tensor_v2\n((X\7\0\0\0storagectorch\nFloatStorage\n"
            + "X\1\0\0\0"
            + "0X\3\0\0\0cpu"
            + integer(elements)
            + "tQ"
            + integer(offset)
            + integer(size)
            + "\u0085"
            + integer(stride)
            + "\u0085\u0089}tRs.";
    assertThatThrownBy(() -> TorchFile.open(zip(pickle, false)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining(why);
  }

  /** A short pickle can say to do something long again and again. */
  @Test
  void endsSoonWhateverAPickleRepeats() {
    String storage =
        "((X\7\0\0\0storagectorch\nFloatStorage\nX\1\0\0\0" + "0X\3\0\0\0cpu" + integer(4) + "tQ";
    String longShape = "(" + "K\1".repeat(1_000_000) + "tq\1";
    String tensors =
        "ctorch._utils\n_rebuild_tensor_v2\n" + storage + "K\0h\1h\1\u0089}tR0".repeat(1);
    assertThatThrownBy(() -> TorchFile.open(zip("}" + longShape + "0" + tensors + "s.", false)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("a tensor of 1000000 dimensions, at most 64 are allowed");
    String pairs = "](" + "X\0\0\0\0N\u0086".repeat(250_000) + "eq\1";
    String again = "ccollections\nOrderedDict\nh\1\u0085R0".repeat(100_000);
    assertThatThrownBy(() -> TorchFile.open(zip(pairs + again + ".", false)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("its pickle has more than 2000000 instructions");
    assertThatThrownBy(() -> TorchFile.open(zip("}".repeat(5_500_000) + ".", false)))
        .isInstanceOf(InvalidInputException.class)
        .hasMessageContaining("its pickle has more than 2000000 instructions");
  }

  private static String integer(int value) {
    StringBuilder bytes = new StringBuilder("J");
    for (int shift = 0; shift < 32; shift += 8) {
      bytes.append((char) (value >> shift & 0xFF));
    }
    return bytes.toString();
  }

  /** An archive of this pickle and one storage of 16 bytes. */
  private Path zip(String pickle, boolean compressed) throws IOException {
    Path path = folder.resolve("model.bin");
    try (ZipOutputStream out = new ZipOutputStream(Files.newOutputStream(path))) {
      put(out, "a/data.pkl", pickle.getBytes(StandardCharsets.ISO_8859_1), compressed);
      put(out, "a/data/0", new byte[16], compressed);
    }
    return path;
  }

  private static void put(ZipOutputStream out, String name, byte[] bytes, boolean compressed)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    if (!compressed) {
      CRC32 crc = new CRC32();
      crc.update(bytes);
      entry.setMethod(ZipEntry.STORED);
      entry.setSize(bytes.length);
      entry.setCrc(crc.getValue());
    }
    out.putNextEntry(entry);
    out.write(bytes);
    out.closeEntry();
  }
}
