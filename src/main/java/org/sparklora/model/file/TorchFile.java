package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.sparklora.model.file.PickleValue.Dict;
import org.sparklora.model.file.PickleValue.Real;
import org.sparklora.model.file.PickleValue.Sequence;
import org.sparklora.model.file.PickleValue.Storage;
import org.sparklora.model.file.PickleValue.Tensor;
import org.sparklora.model.file.PickleValue.Text;
import org.sparklora.model.file.PickleValue.Whole;
import org.sparklora.util.InvalidInputException;

/**
 * A file that {@code torch.save} wrote (torch 1.6 and later: a zip of {@code data.pkl} and one
 * entry for each storage), read as data: see {@link PickleReader}. The tensors are those of the
 * pickled dictionary, or of its {@code state_dict} entry. Tensors of a list are named by their
 * number, and those of a web UI's {@code string_to_param} entry by their path. A dictionary's texts
 * and numbers are the metadata.
 */
public final class TorchFile implements TensorFile {
  private static final String PICKLE = "/data.pkl";
  private static final String STATE_DICT = "state_dict";
  private static final String STRING_TO_PARAM = "string_to_param";

  /** The most bytes of the pickle. A tensor takes about 200 bytes, so no model reaches this. */
  private static final long MAX_PICKLE_BYTES = 8 << 20;

  private final TensorFileMapping file;
  private final String source;
  private final Map<String, StoredTensor> stored;
  private final Map<String, TensorInfo> tensors;
  private final Map<String, String> metadata;

  /**
   * A tensor and its storage in the file.
   *
   * @param start position of the storage
   */
  private record StoredTensor(TensorInfo info, Tensor view, long start) {}

  private TorchFile(
      TensorFileMapping file,
      String source,
      Map<String, StoredTensor> stored,
      Map<String, String> metadata) {
    this.file = file;
    this.source = source;
    this.stored = stored;
    this.metadata = metadata;
    Map<String, TensorInfo> infos = new LinkedHashMap<>();
    stored.forEach((name, tensor) -> infos.put(name, tensor.info()));
    this.tensors = Collections.unmodifiableMap(infos);
  }

  /**
   * Opens a file and checks every tensor's place in it.
   *
   * @throws InvalidInputException (DATA) naming what is wrong, or what the file holds apart from
   *     tensors
   */
  public static TorchFile open(Path path) {
    return open(path, path.toString());
  }

  /** Opens the local copy of {@code source}. */
  public static TorchFile open(Path path, String source) {
    return read(TensorFileMapping.open(path, source), source);
  }

  static TorchFile read(TensorFileMapping file, String source) {
    try {
      checkIsZip(file, source);
      StoredZip zip = StoredZip.read(file, source);
      String prefix = prefix(zip, source);
      checkByteOrder(zip, file, prefix, source);
      if (zip.size(prefix + PICKLE) > MAX_PICKLE_BYTES) {
        throw invalid(source, "its pickle has more than 8 MiB");
      }
      PickleValue root = PickleReader.read(map(zip, file, prefix + PICKLE), source);
      return new TorchFile(
          file, source, locate(tensors(root, source), zip, prefix, source), metadata(root));
    } catch (InvalidInputException e) {
      file.close();
      throw e;
    }
  }

  private static void checkIsZip(TensorFileMapping file, String source) {
    int start = file.size() < 4 ? 0 : file.map(0, 4, "the first bytes").getInt(0);
    if (start == 0x04034b50) {
      return;
    }
    if ((start & 0xFF) == 0x80 || isTar(file)) {
      throw InvalidInputException.data(
          "Unsupported torch file "
              + source
              + ": it is in the format of torch before 1.6; load it with torch and save it as"
              + " safetensors");
    }
    throw invalid(source, "it is not a zip archive, so torch did not write it");
  }

  static boolean isTar(TensorFileMapping file) {
    return file.size() > 262
        && StandardCharsets.US_ASCII
            .decode(file.map(257, 5, "the first bytes"))
            .toString()
            .equals("ustar");
  }

  /** The folder in the archive that holds everything; its name depends on the writer. */
  private static String prefix(StoredZip zip, String source) {
    List<String> found = new ArrayList<>();
    for (String name : zip.names()) {
      if (name.endsWith(PICKLE)) {
        found.add(name.substring(0, name.length() - PICKLE.length()));
      }
    }
    if (found.size() != 1) {
      throw invalid(source, "it has " + found.size() + " entries data.pkl instead of one");
    }
    return found.get(0);
  }

  private static void checkByteOrder(
      StoredZip zip, TensorFileMapping file, String prefix, String source) {
    String entry = prefix + "/byteorder";
    if (zip.has(entry)) {
      String order =
          zip.size(entry) > 10
              ? "unknown"
              : StandardCharsets.US_ASCII.decode(map(zip, file, entry)).toString();
      if (!order.equals("little")) {
        throw InvalidInputException.data(
            "Unsupported torch file "
                + source
                + ": its byte order is "
                + order
                + ", only little is supported; save it again on another machine");
      }
    }
  }

  private static ByteBuffer map(StoredZip zip, TensorFileMapping file, String entry) {
    return file.map(zip.offset(entry), zip.size(entry), entry);
  }

  private static Map<String, Tensor> tensors(PickleValue root, String source) {
    Map<String, PickleValue> entries = entries(root, source);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    entries.forEach(
        (name, value) -> {
          if (value instanceof Tensor tensor) {
            tensors.put(name, tensor);
          }
        });
    if (tensors.isEmpty() && !entries.isEmpty()) {
      throw invalid(
          source,
          "none of its entries is a tensor: "
              + TensorPickling.shown(String.join(", ", entries.keySet())));
    }
    return tensors;
  }

  private static Map<String, PickleValue> entries(PickleValue root, String source) {
    Map<String, PickleValue> entries = new LinkedHashMap<>();
    if (root instanceof Sequence list
        && !list.items().isEmpty()
        && list.items().stream().allMatch(Tensor.class::isInstance)) {
      list.items().forEach(item -> entries.put(String.valueOf(entries.size()), item));
      return entries;
    }
    if (!(root instanceof Dict dict)) {
      throw invalid(source, "it holds something other than a dictionary or list of tensors");
    }
    if (dict.entries().get(STATE_DICT) instanceof Dict nested) {
      return nested.entries();
    }
    if (dict.entries().get(STRING_TO_PARAM) instanceof Dict nested) {
      nested.entries().forEach((name, value) -> entries.put(STRING_TO_PARAM + "." + name, value));
      return entries;
    }
    return dict.entries();
  }

  private static Map<String, String> metadata(PickleValue root) {
    Map<String, String> metadata = new TreeMap<>();
    if (root instanceof Dict dict) {
      dict.entries()
          .forEach(
              (name, value) -> {
                if (value instanceof Text text) {
                  metadata.put(name, text.value());
                } else if (value instanceof Whole whole) {
                  metadata.put(name, String.valueOf(whole.value()));
                } else if (value instanceof Real real) {
                  metadata.put(name, String.valueOf(real.value()));
                }
              });
    }
    return Collections.unmodifiableMap(metadata);
  }

  private static Map<String, StoredTensor> locate(
      Map<String, Tensor> tensors, StoredZip zip, String prefix, String source) {
    Map<String, StoredTensor> stored = new LinkedHashMap<>();
    tensors.forEach(
        (name, view) -> {
          Storage storage = view.storage();
          String entry = prefix + "/data/" + storage.entry();
          if (!zip.has(entry)) {
            throw invalid(
                source, "tensor " + name + " refers to " + entry + ", which is not there");
          }
          int width = storage.type().bytes();
          if (zip.size(entry) % width != 0 || zip.size(entry) / width != storage.elements()) {
            throw invalid(
                source,
                "tensor "
                    + name
                    + " refers to "
                    + entry
                    + " as "
                    + storage.elements()
                    + " elements of "
                    + width
                    + " bytes, but it has "
                    + zip.size(entry)
                    + " bytes");
          }
          TensorInfo info = new TensorInfo(name, storage.type(), view.shape());
          stored.put(name, new StoredTensor(info, view, zip.offset(entry)));
        });
    return stored;
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return tensors;
  }

  /** Returns a tensor's values. A view that is not in row-major order is gathered into a copy. */
  @Override
  public ByteBuffer data(String name) {
    StoredTensor tensor = stored.get(name);
    if (tensor == null) {
      throw InvalidInputException.data("Missing tensor " + name + " in " + source);
    }
    int width = tensor.info().type().bytes();
    StridedView view = new StridedView(tensor.view().shape(), tensor.view().strides());
    ByteBuffer span =
        file.map(
            tensor.start() + tensor.view().offset() * width, view.spanElements() * width, name);
    return view.isContiguous() ? span : view.gather(span, width);
  }

  /** Always empty: such old and rare files are read only through {@link #data}. */
  @Override
  public Optional<FileRange> range(String name) {
    return Optional.empty();
  }

  @Override
  public Map<String, String> metadata() {
    return metadata;
  }

  @Override
  public String source() {
    return source;
  }

  @Override
  public void close() {
    file.close();
  }

  private static InvalidInputException invalid(String source, String why) {
    return InvalidInputException.data("Invalid torch file " + source + ": " + why);
  }
}
