package org.sparklora.data.parquet;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.BINARY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT32;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.sparklora.data.caption.Captions;
import org.sparklora.util.NearestName;

/**
 * The columns that are read. Pictures are {@code struct<bytes: binary, path: string>}, as Hugging
 * Face writes them, or plain binary; captions are a string, a JSON list of strings, or a list of
 * strings.
 *
 * @param image {@code --image_column}
 * @param captions a column, or captions that are known and need no column
 * @param subject {@code --subject_column}, a string or a whole number; empty for none
 */
public record ImageColumns(String image, Captions captions, String subject)
    implements Serializable {
  private static final long serialVersionUID = 1L;
  static final String BYTES = "bytes";
  private static final String PATH = "path";

  private static final LogicalTypeAnnotation STRING = LogicalTypeAnnotation.stringType();

  /** The problems of a file's columns; empty if they can be read. */
  public List<String> problems(MessageType schema, String file) {
    List<String> problems = new ArrayList<>();
    problem(schema, file, image, "--image_column", "binary or struct<bytes: binary>", this::isImage)
        .ifPresent(problems::add);
    captionColumn()
        .flatMap(
            caption ->
                problem(
                    schema,
                    file,
                    caption,
                    "--caption_column",
                    "string or list<string>",
                    CaptionValue::isOne))
        .ifPresent(problems::add);
    if (!subject.isEmpty()) {
      problem(
              schema,
              file,
              subject,
              "--subject_column",
              "string or int",
              type -> isString(type) || isWholeNumber(type))
          .ifPresent(problems::add);
    }
    return problems;
  }

  /** The column of the captions, if they are in one. */
  public Optional<String> captionColumn() {
    return captions instanceof Captions.Column column
        ? Optional.of(column.name())
        : Optional.empty();
  }

  /** Names these columns, for messages. */
  public String text() {
    String read =
        captions instanceof Captions.Known known
            ? String.format(Locale.ROOT, "%s\ncaptions %s", image, known.texts())
            : image + "\n" + captionColumn().orElseThrow();
    return subject.isEmpty() ? read : read + "\nsubject " + subject;
  }

  /** The names of these columns. */
  List<String> names() {
    return Stream.of(Optional.of(image), captionColumn(), Optional.of(subject))
        .flatMap(Optional::stream)
        .filter(name -> !name.isEmpty())
        .toList();
  }

  /** The pictures' column with the path, for files in which a path may stand for the bytes. */
  Type pictureWithPath(MessageType schema) {
    Type type = schema.getType(image);
    if (type.isPrimitive()) {
      return type;
    }
    GroupType struct = type.asGroupType();
    return struct.withNewFields(
        struct.getFields().stream()
            .filter(
                field ->
                    field.getName().equals(BYTES)
                        || (field.getName().equals(PATH) && isString(field)))
            .toList());
  }

  /** A row's picture, if it has one. */
  public Optional<byte[]> picture(Group row) {
    if (row.getFieldRepetitionCount(image) == 0) {
      return Optional.empty();
    }
    if (row.getType().getType(image).isPrimitive()) {
      return Optional.of(row.getBinary(image, 0).getBytes()).filter(bytes -> bytes.length > 0);
    }
    Group struct = row.getGroup(image, 0);
    return struct.getFieldRepetitionCount(BYTES) == 0
        ? Optional.empty()
        : Optional.of(struct.getBinary(BYTES, 0).getBytes()).filter(bytes -> bytes.length > 0);
  }

  /** The path of a row's picture, if it has one. */
  Optional<String> path(Group row) {
    if (row.getFieldRepetitionCount(image) == 0 || row.getType().getType(image).isPrimitive()) {
      return Optional.empty();
    }
    Group struct = row.getGroup(image, 0);
    return struct.getType().containsField(PATH) && struct.getFieldRepetitionCount(PATH) > 0
        ? Optional.of(struct.getString(PATH, 0)).filter(path -> !path.isBlank())
        : Optional.empty();
  }

  /** A row's captions, without blank ones. */
  public List<String> captions(Group row) {
    return captions instanceof Captions.Known known
        ? known.texts()
        : CaptionValue.captions(row, captionColumn().orElseThrow());
  }

  /** The schema with which a file is read: only these columns. */
  public MessageType projection(MessageType schema) {
    Type imageType = schema.getType(image);
    Type bytes =
        imageType.isPrimitive()
            ? imageType
            : imageType.asGroupType().withNewFields(imageType.asGroupType().getType(BYTES));
    List<Type> wanted = new ArrayList<>(List.of(bytes));
    captionColumn().map(schema::getType).ifPresent(wanted::add);
    return new MessageType(schema.getName(), wanted);
  }

  private static Optional<String> problem(
      MessageType schema,
      String file,
      String column,
      String flag,
      String expected,
      Predicate<Type> accepted) {
    List<String> names = schema.getFields().stream().map(Type::getName).toList();
    if (!names.contains(column)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Missing column: %s (%s) in %s; its columns are %s%s",
              column,
              flag,
              file,
              String.join(", ", names),
              suggestion(column, names)));
    }
    Type type = schema.getType(column);
    if (accepted.test(type)) {
      return Optional.empty();
    }
    if (flag.equals("--image_column") && isString(type)) {
      return Optional.of(
          String.format(
              Locale.ROOT,
              "Unsupported column: %s (%s) in %s is of texts, such as paths or addresses, and no"
                  + " pictures; where these are files, embed them: %s",
              column,
              flag,
              file,
              EmbeddingCode.ofFile(column)));
    }
    return Optional.of(
        String.format(
            Locale.ROOT,
            "Unsupported column: %s (%s) in %s is `%s`, must be %s",
            column,
            flag,
            file,
            oneLine(type),
            expected));
  }

  private static String suggestion(String column, List<String> names) {
    return NearestName.likely(column, names).map(name -> ", did you mean " + name + "?").orElse("");
  }

  private static String oneLine(Type type) {
    return type.toString().replaceAll("\\s+", " ").strip();
  }

  private boolean isImage(Type type) {
    if (type.isPrimitive()) {
      return isBytes(type);
    }
    return !type.isRepetition(Type.Repetition.REPEATED)
        && type.asGroupType().containsField(BYTES)
        && isBytes(type.asGroupType().getType(BYTES));
  }

  /**
   * Whether a column holds bytes. Texts, such as paths, addresses and base64, are binary in
   * Parquet, too, but are not pictures.
   */
  private static boolean isBytes(Type type) {
    return isBinary(type)
        && type.getLogicalTypeAnnotation() == null
        && !type.isRepetition(Type.Repetition.REPEATED);
  }

  static boolean isString(Type type) {
    return isBinary(type) && STRING.equals(type.getLogicalTypeAnnotation());
  }

  private static boolean isWholeNumber(Type type) {
    return type.isPrimitive()
        && List.of(INT32, INT64).contains(type.asPrimitiveType().getPrimitiveTypeName());
  }

  private static boolean isBinary(Type type) {
    return type.isPrimitive() && type.asPrimitiveType().getPrimitiveTypeName() == BINARY;
  }
}
