package org.sparklora.data.parquet;

import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.schema.Type;
import org.sparklora.data.caption.CaptionText;

/** The value of a Parquet column of captions: a string or a list of strings. */
public final class CaptionValue {
  private CaptionValue() {}

  /** Whether a column has a type that can hold captions. */
  public static boolean isOne(Type type) {
    return ImageColumns.isString(type) || (!type.isPrimitive() && isListOfStrings(type));
  }

  /** Whether it is a list of strings, with two levels (old writers) or three. */
  private static boolean isListOfStrings(Type type) {
    if (type.isRepetition(Type.Repetition.REPEATED) || type.asGroupType().getFieldCount() != 1) {
      return false;
    }
    Type repeated = type.asGroupType().getType(0);
    if (!repeated.isRepetition(Type.Repetition.REPEATED)) {
      return false;
    }
    return ImageColumns.isString(repeated)
        || (!repeated.isPrimitive()
            && repeated.asGroupType().getFieldCount() == 1
            && ImageColumns.isString(repeated.asGroupType().getType(0))
            && !repeated.asGroupType().getType(0).isRepetition(Type.Repetition.REPEATED));
  }

  /** The captions of a row, without blank ones. */
  public static List<String> captions(Group row, String column) {
    Type type = row.getType().getType(column);
    int values = row.getFieldRepetitionCount(column);
    if (values == 0) {
      return List.of();
    }
    if (!type.isPrimitive()) {
      return CaptionText.present(elements(row.getGroup(column, 0)));
    }
    if (!type.isRepetition(Type.Repetition.REPEATED)) {
      return CaptionText.captions(row.getString(column, 0));
    }
    List<String> captions = new ArrayList<>();
    for (int i = 0; i < values; i++) {
      captions.add(row.getString(column, i));
    }
    return CaptionText.present(captions);
  }

  private static List<String> elements(Group list) {
    boolean twoLevels = list.getType().getType(0).isPrimitive();
    List<String> captions = new ArrayList<>();
    for (int i = 0; i < list.getFieldRepetitionCount(0); i++) {
      if (twoLevels) {
        captions.add(list.getString(0, i));
      } else if (list.getGroup(0, i).getFieldRepetitionCount(0) > 0) {
        captions.add(list.getGroup(0, i).getString(0, 0));
      }
    }
    return captions;
  }
}
