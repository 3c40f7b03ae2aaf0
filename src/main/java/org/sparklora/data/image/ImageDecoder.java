package org.sparklora.data.image;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import org.sparklora.util.ForeignFile;

/**
 * Decodes PNG, JPEG, WebP, GIF (of animations the first picture) and BMP to RGB, with the stored
 * samples: embedded colour profiles are not applied, 16 bits are cut to 8, pictures are turned
 * upright by their EXIF orientation, and transparent pixels are laid on white.
 */
public final class ImageDecoder {
  /** The most pixels of a picture: enough for any camera, and 400 MB as RGB. */
  public static final long DEFAULT_MAX_PIXELS = 1L << 27;

  /** The use that returns the picture unchanged. */
  private static final PictureUse<Pixels> ITSELF =
      new PictureUse<>() {
        @Override
        public long bytes(Size picture) {
          return 0;
        }

        @Override
        public Pixels make(Pixels picture) {
          return picture;
        }
      };

  private final long maxPixels;
  private final PictureMemory memory;

  public ImageDecoder() {
    this(DEFAULT_MAX_PIXELS, PictureMemory.DECODING);
  }

  /**
   * A decoder with limits of its own.
   *
   * @param maxPixels pictures that declare more are refused before they are decoded
   * @param memory what pictures may take
   */
  ImageDecoder(long maxPixels, PictureMemory memory) {
    this.maxPixels = maxPixels;
    this.memory = memory;
  }

  /**
   * Decodes a picture's file content.
   *
   * @throws UndecodableImageException when the bytes are damaged, of another format, too many
   *     pixels, or more than the memory can hold
   */
  public Pixels decode(byte[] bytes) throws UndecodableImageException {
    return decode(bytes, ITSELF);
  }

  /**
   * Decodes a picture and passes it on. While the picture is decoded and used, it counts against
   * the memory that pictures may take.
   *
   * @throws UndecodableImageException as {@link #decode(byte[])}, or when the use cannot work with
   *     this picture
   */
  public <T> T decode(byte[] bytes, PictureUse<T> use) throws UndecodableImageException {
    return decode(bytes, RgbSamples::of, use);
  }

  /**
   * As {@link #decode(byte[], PictureUse)}, but with the stored colours, whatever their alpha is,
   * as Pillow's {@code convert("RGB")} takes them.
   *
   * @throws UndecodableImageException as {@link #decode(byte[])}
   */
  public <T> T opaque(byte[] bytes, PictureUse<T> use) throws UndecodableImageException {
    return decode(bytes, RgbSamples::opaque, use);
  }

  /**
   * Decodes a picture's alpha channel as a grey picture, white if there is none, and passes that
   * on.
   *
   * @throws UndecodableImageException as {@link #decode(byte[])}
   */
  public <T> T alpha(byte[] bytes, PictureUse<T> use) throws UndecodableImageException {
    return decode(bytes, RgbSamples::alpha, use);
  }

  private <T> T decode(byte[] bytes, Function<BufferedImage, Pixels> samples, PictureUse<T> use)
      throws UndecodableImageException {
    ImageFormat format = ImageFormat.of(bytes);
    Optional<ForeignFile> foreign = format.isDecoded() ? Optional.empty() : ForeignFile.of(bytes);
    if (foreign.isPresent()) {
      throw new UndecodableImageException("Cannot decode image: " + foreign.get().text());
    }
    if (!format.isDecoded()) {
      throw new UndecodableImageException(
          String.format(
              Locale.ROOT,
              "Cannot decode image: %s (%d bytes), supported are PNG, JPEG, WEBP, GIF and BMP",
              format.text(),
              bytes.length));
    }
    StoredPicture stored = open(format, bytes);
    Size size = stored.size();
    String what = String.format(Locale.ROOT, "%s of %s", format.text(), size);
    if (size.pixels() > maxPixels) {
      throw new UndecodableImageException(
          String.format(
              Locale.ROOT, "Cannot decode image: %s has more than %d pixels", what, maxPixels));
    }
    ExifOrientation orientation = ExifOrientation.of(format, bytes);
    long rgb = size.pixels() * Pixels.CHANNELS;
    long turning = orientation.equals(ExifOrientation.UPRIGHT) ? rgb : 2 * rgb;
    long using = rgb + use.bytes(orientation.upright(size));
    long most = Math.max(stored.decodingBytes(), stored.bytes().length + Math.max(turning, using));
    return memory.with(
        most, what, () -> use.make(orientation.upright(read(stored, bytes.length, samples))));
  }

  private static StoredPicture open(ImageFormat format, byte[] bytes)
      throws UndecodableImageException {
    try {
      return StoredPicture.open(format, bytes);
    } catch (IOException | RuntimeException e) {
      throw damaged(format, bytes.length, e);
    }
  }

  private static Pixels read(
      StoredPicture stored, int bytes, Function<BufferedImage, Pixels> samples)
      throws UndecodableImageException {
    try {
      return samples.apply(stored.read());
    } catch (IOException | RuntimeException e) {
      // The JDK's readers throw either of these for damaged bytes.
      throw damaged(stored.format(), bytes, e);
    }
  }

  private static UndecodableImageException damaged(ImageFormat format, int bytes, Exception e) {
    return new UndecodableImageException(
        String.format(
            Locale.ROOT,
            "Cannot decode image: %s (%d bytes) is damaged or of an unsupported kind: %s",
            format.text(),
            bytes,
            e.getMessage()),
        e);
  }
}
