package org.sparklora.model.file;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.sparklora.util.InvalidInputException;

/**
 * Parts of a file's tensors under other names. A view that is not transposed is mapped from its
 * place in the file, as the file's own tensors are.
 */
public final class ViewedTensorFile implements TensorFile {
  private final TensorFile base;
  private final Map<String, TensorView> views = new LinkedHashMap<>();
  private final Map<String, TensorInfo> tensors = new LinkedHashMap<>();

  /**
   * Makes views of a file. They close the file.
   *
   * @throws InvalidInputException (DATA) when two have the same name
   */
  public ViewedTensorFile(TensorFile base, List<TensorView> views) {
    this.base = base;
    for (TensorView view : views) {
      if (this.views.put(view.info().name(), view) != null) {
        throw InvalidInputException.data(
            "Invalid model file "
                + base.source()
                + ": two of its tensors are "
                + view.info().name()
                + ", one of them "
                + view.original());
      }
      tensors.put(view.info().name(), view.info());
    }
  }

  @Override
  public Map<String, TensorInfo> tensors() {
    return Collections.unmodifiableMap(tensors);
  }

  @Override
  public ByteBuffer data(String name) {
    TensorView view = views.get(name);
    if (view == null) {
      throw InvalidInputException.data("Missing tensor " + name + " in " + source());
    }
    ByteBuffer stored = base.data(view.original());
    if (view.transposed()) {
      return transposed(stored, view.info());
    }
    int from = Math.toIntExact(view.skippedBytes());
    return stored
        .slice(from, Math.toIntExact(view.info().bytes()))
        .asReadOnlyBuffer()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static ByteBuffer transposed(ByteBuffer stored, TensorInfo info) {
    int size = info.type().bytes();
    int rows = Math.toIntExact(info.shape()[0]);
    int columns = Math.toIntExact(info.shape()[1]);
    ByteBuffer values =
        ByteBuffer.allocateDirect(Math.toIntExact(info.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    for (int row = 0; row < rows; row++) {
      for (int column = 0; column < columns; column++) {
        values.put((row * columns + column) * size, stored, (column * rows + row) * size, size);
      }
    }
    return values.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public Optional<FileRange> range(String name) {
    TensorView view = views.get(name);
    if (view == null || view.transposed()) {
      return Optional.empty();
    }
    return base.range(view.original())
        .map(
            whole ->
                new FileRange(
                    whole.file(), whole.fileBytes(), whole.offset() + view.skippedBytes()));
  }

  @Override
  public Map<String, String> metadata() {
    return Map.of();
  }

  @Override
  public String source() {
    return base.source();
  }

  @Override
  public void close() {
    base.close();
  }
}
