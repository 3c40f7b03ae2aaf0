package org.sparklora.spark.generate;

import java.io.Serializable;
import java.util.SortedSet;
import java.util.stream.IntStream;
import org.sparklora.pipeline.request.ImageRequest;

/**
 * The numbers of a folder's drawn class images, with their prompt and seeds. The numbers alone
 * decide the batches, because a picture's last bits may depend on its batch.
 *
 * @param first number of the user's own pictures
 * @param end number of pictures that the folder will have
 * @param batchSize {@code --sample_batch_size}
 * @param prompt {@code --class_prompt}
 * @param seed picture k has the seed {@code seed + k}
 */
record ClassImageRange(int first, int end, int batchSize, String prompt, long seed)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** Number of batches. */
  int batches() {
    return Math.max(0, (end - first + batchSize - 1) / batchSize);
  }

  /** The numbers of a batch's pictures. */
  int[] batch(int number) {
    int from = first + number * batchSize;
    return IntStream.range(from, Math.min(from + batchSize, end)).toArray();
  }

  /** Whether any picture of a batch is missing. */
  boolean lacksAny(int batch, SortedSet<Integer> drawn) {
    return IntStream.of(batch(batch)).anyMatch(picture -> !drawn.contains(picture));
  }

  ImageRequest request(int picture) {
    return new ImageRequest(prompt, "", seed + picture);
  }
}
