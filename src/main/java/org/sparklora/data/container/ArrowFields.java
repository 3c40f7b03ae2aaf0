package org.sparklora.data.container;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.arrow.flatbuf.Field;
import org.apache.arrow.flatbuf.Schema;
import org.apache.arrow.flatbuf.Type;
import org.apache.arrow.flatbuf.Union;
import org.apache.arrow.flatbuf.UnionMode;

/**
 * The columns of an Arrow schema, and where in a record batch each has its buffers. Buffers follow
 * the fields in depth-first order: https://arrow.apache.org/docs/format/Columnar.html
 */
final class ArrowFields {
  /**
   * A field.
   *
   * @param type a constant of {@link Type}
   * @param node number of its length in a batch
   * @param buffer number of its first buffer in a batch
   */
  record Place(String name, byte type, int node, int buffer, List<Place> children) {
    Optional<Place> child(String wanted) {
      return children.stream().filter(child -> child.name().equals(wanted)).findFirst();
    }
  }

  private static final int DEEPEST = 64;
  private static final int MOST = 1 << 16;

  private final List<Place> columns = new ArrayList<>();
  private int nodes;
  private int buffers;

  /**
   * The fields of a schema.
   *
   * @throws IOException when a column has a type whose buffers cannot be counted
   */
  static List<Place> of(Schema schema) throws IOException {
    ArrowFields fields = new ArrowFields();
    for (int i = 0; i < schema.fieldsLength(); i++) {
      fields.columns.add(fields.place(schema.fields(i), 0));
    }
    return fields.columns;
  }

  private Place place(Field field, int depth) throws IOException {
    if (depth > DEEPEST || nodes > MOST) {
      throw new IOException("it is damaged: its schema has no end");
    }
    int node = nodes++;
    int buffer = buffers;
    buffers += ownBuffers(field);
    List<Place> children = new ArrayList<>();
    // The values of a dictionary are in batches of their own.
    for (int i = 0; field.dictionary() == null && i < field.childrenLength(); i++) {
      children.add(place(field.children(i), depth + 1));
    }
    byte type = field.dictionary() == null ? field.typeType() : Type.NONE;
    return new Place(field.name(), type, node, buffer, children);
  }

  private static int ownBuffers(Field field) throws IOException {
    if (field.dictionary() != null) {
      return 2;
    }
    return switch (field.typeType()) {
      case Type.Null, Type.RunEndEncoded -> 0;
      case Type.Struct_, Type.FixedSizeList -> 1;
      case Type.Union -> ((Union) field.type(new Union())).mode() == UnionMode.Sparse ? 1 : 2;
      case Type.Binary, Type.LargeBinary, Type.Utf8, Type.LargeUtf8 -> 3;
      case Type.ListView, Type.LargeListView -> 3;
      case Type.BinaryView, Type.Utf8View ->
          throw new IOException(
              "its column "
                  + field.name()
                  + " is of a view type, which is not read; cast it to string or binary");
      default -> 2;
    };
  }
}
