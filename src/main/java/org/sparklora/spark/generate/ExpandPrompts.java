package org.sparklora.spark.generate;

import java.util.Iterator;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.spark.api.java.function.FlatMapFunction;
import org.apache.spark.sql.Row;
import org.sparklora.pipeline.request.Repeats;

/** Turns a prompt's row into one row for each picture. */
record ExpandPrompts(Repeats repeats) implements FlatMapFunction<Row, Row> {
  @Override
  public Iterator<Row> call(Row prompt) {
    Optional<String> id = Optional.ofNullable(prompt.getString(0));
    OptionalLong seed =
        prompt.isNullAt(3) ? OptionalLong.empty() : OptionalLong.of(prompt.getLong(3));
    return repeats.of(prompt.getString(1), prompt.getString(2), seed).stream()
        .map(request -> new PromptRow(id, request).row())
        .iterator();
  }
}
