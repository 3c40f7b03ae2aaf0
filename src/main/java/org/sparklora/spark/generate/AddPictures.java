package org.sparklora.spark.generate;

import java.util.ArrayDeque;
import java.util.Collections;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.OptionalLong;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.sparklora.data.caption.CaptionText;
import org.sparklora.pipeline.request.ImageRequest;

/**
 * The task that puts a picture at the end of each row of prompts, or several rows with a picture
 * each.
 *
 * @param usual the negative prompt for rows without one
 * @param prompt the place of the prompts' column
 * @param negativePrompt the place of the negative prompts' column; -1 if there is none
 * @param seed the place of the seeds' column; -1 if there is none
 */
record AddPictures(DrawPictures draw, String usual, int prompt, int negativePrompt, int seed)
    implements MapPartitionsFunction<Row, Row> {
  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    return rows.hasNext() ? new Joined(rows) : Collections.emptyIterator();
  }

  private List<ImageRequest> requests(Row row) {
    if (row.isNullAt(prompt) || CaptionText.isBlank(row.getString(prompt))) {
      return List.of();
    }
    String avoided =
        negativePrompt < 0 || row.isNullAt(negativePrompt) ? usual : row.getString(negativePrompt);
    OptionalLong first =
        seed < 0 || row.isNullAt(seed)
            ? OptionalLong.empty()
            : OptionalLong.of(((Number) row.get(seed)).longValue());
    return draw.generation().repeats().of(row.getString(prompt), avoided, first);
  }

  /** Rows beside their pictures, which are drawn in the same order. */
  private final class Joined implements Iterator<Row> {
    /** A row that waits for its picture, or goes without. */
    private record Waiting(Row row, boolean drawn) {}

    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private final Deque<ImageRequest> wanted = new ArrayDeque<>();
    private final Iterator<Row> rows;
    private final Iterator<Row> pictures;

    Joined(Iterator<Row> rows) {
      this.rows = rows;
      this.pictures =
          draw.call(
              new Iterator<>() {
                @Override
                public boolean hasNext() {
                  readOn();
                  return !wanted.isEmpty();
                }

                @Override
                public Row next() {
                  readOn();
                  return new PromptRow(Optional.empty(), wanted.remove()).row();
                }
              });
    }

    /** Reads rows until there is something to draw. */
    private void readOn() {
      while (wanted.isEmpty() && rows.hasNext()) {
        Row row = rows.next();
        List<ImageRequest> requests = requests(row);
        wanted.addAll(requests);
        requests.forEach(request -> waiting.add(new Waiting(row, true)));
        if (requests.isEmpty()) {
          waiting.add(new Waiting(row, false));
        }
      }
    }

    @Override
    public boolean hasNext() {
      readOn();
      return !waiting.isEmpty();
    }

    @Override
    public Row next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      Waiting next = waiting.remove();
      return with(next.row(), next.drawn() ? pictures.next().get(0) : null);
    }

    private Row with(Row row, Object picture) {
      Object[] values = new Object[row.length() + 1];
      for (int i = 0; i < row.length(); i++) {
        values[i] = row.get(i);
      }
      values[row.length()] = picture;
      return RowFactory.create(values);
    }
  }
}
