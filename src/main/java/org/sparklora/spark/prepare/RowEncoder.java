package org.sparklora.spark.prepare;

import java.util.List;
import java.util.Optional;
import org.sparklora.data.cache.CropFrame;
import org.sparklora.data.cache.LatentEncoder;
import org.sparklora.data.cache.LatentSample;
import org.sparklora.data.cache.Posterior;
import org.sparklora.data.caption.Caption;
import org.sparklora.data.image.Cropped;
import org.sparklora.data.image.ImageDecoder;
import org.sparklora.data.image.PictureUse;
import org.sparklora.data.image.Pixels;
import org.sparklora.data.image.Size;
import org.sparklora.data.image.TrainingTransform;
import org.sparklora.data.image.UndecodableImageException;
import org.sparklora.data.row.ImageRow;

/**
 * Turns a row into a sample: decodes, resizes, crops and encodes its picture, and the mirror image
 * if it is wanted.
 */
final class RowEncoder {
  private final TrainingTransform transform;
  private final boolean flip;
  private final boolean alphaMask;
  private final LatentEncoder encoder;
  private final ImageDecoder decoder = new ImageDecoder();

  RowEncoder(TrainingTransform transform, boolean flip, boolean alphaMask, LatentEncoder encoder) {
    this.transform = transform;
    this.flip = flip;
    this.alphaMask = alphaMask;
    this.encoder = encoder;
  }

  /** A row cannot be trained on; the message says why. */
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
    Cropped part = part(row, content(row), decoder::decode);
    Pixels square = part.pixels();
    Posterior latents = encode(square);
    List<Caption> captions =
        row.captions().stream().map(text -> new Caption(text, encoder.tokenIds(text))).toList();
    return new LatentSample(
        row.id(),
        captions,
        latents,
        flip ? Optional.of(encode(square.flipped())) : Optional.empty(),
        mask(row, part, latents),
        row.subject(),
        encoder.keepsFrames() ? Optional.of(CropFrame.of(part)) : Optional.empty(),
        encoder.keepsFrames() && flip ? Optional.of(CropFrame.mirrored(part)) : Optional.empty());
  }

  /**
   * The mask beside the picture, of which the red channel counts as in kohya's sd-scripts, or the
   * picture's alpha channel: resized and cropped as the picture, at the latents' resolution.
   */
  private Optional<float[]> mask(ImageRow row, Cropped picture, Posterior latents)
      throws BadRowException {
    Optional<Cropped> mask;
    if (row.mask().isPresent()) {
      mask = Optional.of(maskFile(row, picture.original()));
    } else {
      mask = alphaMask ? Optional.of(part(row, content(row), decoder::alpha)) : Optional.empty();
    }
    return mask.map(part -> part.pixels().redAverages(latents.width(), latents.height()));
  }

  private Cropped maskFile(ImageRow row, Size picture) throws BadRowException {
    Cropped mask;
    try {
      mask = part(row, row.mask().orElseThrow(), decoder::opaque);
    } catch (BadRowException e) {
      throw new BadRowException("Invalid mask: " + e.getMessage());
    }
    if (!mask.original().equals(picture)) {
      throw new BadRowException(
          "Invalid mask: it has "
              + mask.original()
              + " pixels and the picture "
              + picture
              + "; make it of the picture's size");
    }
    return mask;
  }

  /** A way to decode a picture. */
  private interface Decoding {
    Cropped of(byte[] content, PictureUse<Cropped> use) throws UndecodableImageException;
  }

  private Posterior encode(Pixels square) {
    return encoder.encode(square.toTensor(), square.height(), square.width());
  }

  private static byte[] content(ImageRow row) throws BadRowException {
    return row.image()
        .orElseThrow(
            () ->
                new BadRowException(
                    "Missing image: the row holds no bytes; pictures must be embedded in the"
                        + " Parquet files"));
  }

  private Cropped part(ImageRow row, byte[] content, Decoding decoding) throws BadRowException {
    try {
      return decoding.of(content, transform.of(row.key()));
    } catch (UndecodableImageException e) {
      throw new BadRowException(e.getMessage());
    }
  }
}
