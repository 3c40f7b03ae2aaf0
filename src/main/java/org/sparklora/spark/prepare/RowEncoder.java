package org.sparklora.spark.prepare;

import java.util.List;
import java.util.Optional;
import org.sparklora.data.Caption;
import org.sparklora.data.ImageRow;
import org.sparklora.data.LatentEncoder;
import org.sparklora.data.LatentSample;
import org.sparklora.data.Posterior;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.Pixels;
import org.sparklora.data.image.TrainingTransform;
import org.sparklora.data.image.UndecodableImageException;

/** Turns a row into a sample: decode, resize, crop, encode, and the same for its mirror image. */
final class RowEncoder {
  private final TrainingTransform transform;
  private final boolean flip;
  private final LatentEncoder encoder;
  private final ImageDecoder decoder = new ImageDecoder();

  RowEncoder(TrainingTransform transform, boolean flip, LatentEncoder encoder) {
    this.transform = transform;
    this.flip = flip;
    this.encoder = encoder;
  }

  /** Why a row cannot be trained on. */
  static final class BadRowException extends Exception {
    private static final long serialVersionUID = 1L;

    BadRowException(String reason) {
      super(reason);
    }
  }

  LatentSample encode(ImageRow row) throws BadRowException {
    if (row.captions().isEmpty()) {
      throw new BadRowException("Missing caption");
    }
    Pixels square = transform.apply(pixels(row), row.id());
    List<Caption> captions =
        row.captions().stream().map(text -> new Caption(text, encoder.tokenIds(text))).toList();
    return new LatentSample(
        row.id(),
        captions,
        encode(square),
        flip ? Optional.of(encode(square.flipped())) : Optional.empty());
  }

  private Posterior encode(Pixels square) {
    return encoder.encode(square.toTensor(), square.height(), square.width());
  }

  private Pixels pixels(ImageRow row) throws BadRowException {
    byte[] content =
        row.image()
            .orElseThrow(
                () ->
                    new BadRowException(
                        "Missing image: the row holds no bytes; pictures must be embedded in the"
                            + " Parquet files"));
    try {
      return decoder.decode(content);
    } catch (UndecodableImageException e) {
      throw new BadRowException(e.getMessage());
    }
  }
}
