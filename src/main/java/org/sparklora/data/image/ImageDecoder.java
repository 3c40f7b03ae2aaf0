package org.sparklora.data.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes PNG, JPEG, WebP, GIF (of animations the first picture) and BMP to RGB, with the samples
 * as they are stored: embedded colour profiles are not applied, 16 bits are cut to 8, pictures are
 * turned upright by their EXIF orientation, and transparent pixels are laid on white.
 */
public final class ImageDecoder {
  /** Enough for any camera, and 400 MB once decoded. */
  public static final long DEFAULT_MAX_PIXELS = 1L << 27;

  private final long maxPixels;

  public ImageDecoder() {
    this(DEFAULT_MAX_PIXELS);
  }

  /**
   * A decoder with a limit of its own.
   *
   * @param maxPixels pictures that declare more are refused before they are decoded
   */
  public ImageDecoder(long maxPixels) {
    this.maxPixels = maxPixels;
  }

  /**
   * Decodes a picture's file content.
   *
   * @throws UndecodableImageException when the bytes are damaged, of another format, or too many
   *     pixels
   */
  public Pixels decode(byte[] bytes) throws UndecodableImageException {
    return decode(bytes, RgbSamples::of);
  }

  /**
   * How opaque a picture is: its alpha channel as a grey picture, white where there is none.
   *
   * @throws UndecodableImageException as {@link #decode(byte[])}
   */
  public Pixels alpha(byte[] bytes) throws UndecodableImageException {
    return decode(bytes, RgbSamples::alpha);
  }

  private Pixels decode(byte[] bytes, Function<BufferedImage, Pixels> samples)
      throws UndecodableImageException {
    ImageFormat format = ImageFormat.of(bytes);
    return switch (format) {
      case PNG, JPEG, WEBP, GIF, BMP ->
          ExifOrientation.of(format, bytes).upright(read(bytes, format, samples));
      default ->
          throw new UndecodableImageException(
              String.format(
                  Locale.ROOT,
                  "Cannot decode image: %s (%d bytes), supported are PNG, JPEG, WEBP, GIF and BMP",
                  format.text(),
                  bytes.length));
    };
  }

  private static ImageReader reader(ImageFormat format) throws IOException {
    // Plug-ins in an application's jar are not found by all of Spark's class loaders.
    return format == ImageFormat.WEBP
        ? new WebPImageReaderSpi().createReaderInstance(null)
        : ImageIO.getImageReadersByFormatName(format.name()).next();
  }

  private Pixels read(byte[] bytes, ImageFormat format, Function<BufferedImage, Pixels> samples)
      throws UndecodableImageException {
    Optional<ImageReader> opened = Optional.empty();
    try (ImageInputStream input =
        new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      ImageReader reader = reader(format);
      opened = Optional.of(reader);
      reader.setInput(input, true, false);
      long pixels = (long) reader.getWidth(0) * reader.getHeight(0);
      if (pixels > maxPixels) {
        throw new UndecodableImageException(
            String.format(
                Locale.ROOT,
                "Cannot decode image: %s of %d x %d has more than %d pixels",
                format.text(),
                reader.getWidth(0),
                reader.getHeight(0),
                maxPixels));
      }
      return samples.apply(readWhole(reader));
    } catch (IOException | RuntimeException e) {
      // The readers of the JDK answer damaged bytes with either.
      throw new UndecodableImageException(
          String.format(
              Locale.ROOT,
              "Cannot decode image: %s (%d bytes) is damaged or of an unsupported kind: %s",
              format.text(),
              bytes.length,
              e.getMessage()),
          e);
    } finally {
      opened.ifPresent(ImageReader::dispose);
    }
  }

  /** The JPEG reader fills what is missing with grey and only warns. */
  private static BufferedImage readWhole(ImageReader reader) throws IOException {
    List<String> warnings = new ArrayList<>();
    reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
    BufferedImage image = reader.read(0);
    if (warnings.stream().anyMatch(warning -> warning.contains("premature end"))) {
      throw new EOFException("it ends early");
    }
    return image;
  }
}
