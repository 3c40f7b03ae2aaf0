package org.sparklora.data.image;

import com.luciad.imageio.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.SampleModel;
import java.io.EOFException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.ImageTypeSpecifier;
import javax.imageio.stream.ImageInputStream;

/**
 * A picture's file content whose header has been read.
 *
 * @param format of the file
 * @param bytes that are needed for the pixels
 * @param size as stored
 * @param decodingBytes the most bytes that are held until its samples are RGB
 */
record StoredPicture(ImageFormat format, byte[] bytes, Size size, long decodingBytes) {
  /**
   * Bytes per pixel while WebP is decoded: the reader holds four bytes, and the library that it
   * calls holds them again.
   */
  private static final int WEBP_PIXEL_BYTES = 8;

  /** Warnings of the JPEG reader about samples that it had to make up. */
  private static final List<String> MADE_UP = List.of("premature end", "bad huffman", "instead of");

  /** Reads the header. */
  static StoredPicture open(ImageFormat format, byte[] content) throws IOException {
    return switch (format) {
      case PNG -> ofReader(format, PngChunks.ofPixels(content), 0);
      case JPEG -> {
        JpegSegments.Kept kept = JpegSegments.ofPixels(content);
        yield ofReader(format, kept.bytes(), kept.decoderBytes());
      }
      case GIF -> {
        GifPicture gif = new GifPicture(content);
        long rgb = gif.size().pixels() * Pixels.CHANNELS;
        yield new StoredPicture(format, content, gif.size(), gif.bytes() + rgb);
      }
      default -> ofReader(format, content, 0);
    };
  }

  private static StoredPicture ofReader(ImageFormat format, byte[] bytes, long decoderBytes)
      throws IOException {
    ImageReader reader = reader(format);
    try (ImageInputStream input = new StoredBytes(bytes)) {
      reader.setInput(input, true, true);
      Size size = new Size(reader.getWidth(0), reader.getHeight(0));
      long raster = rasterBytes(format, reader, size);
      boolean inPlace = raster == size.pixels() * Pixels.CHANNELS;
      long samples = inPlace ? 0 : size.pixels() * Pixels.CHANNELS;
      return new StoredPicture(format, bytes, size, bytes.length + decoderBytes + raster + samples);
    } finally {
      reader.dispose();
    }
  }

  private static long rasterBytes(ImageFormat format, ImageReader reader, Size size)
      throws IOException {
    if (format == ImageFormat.WEBP) {
      return size.pixels() * WEBP_PIXEL_BYTES;
    }
    ImageTypeSpecifier type = reader.getImageTypes(0).next();
    SampleModel model = type.getSampleModel();
    int bits = DataBuffer.getDataTypeSize(model.getTransferType()) * model.getNumDataElements();
    return size.pixels() * Math.max(1, bits / Byte.SIZE);
  }

  /** Decodes the pixels. */
  BufferedImage read() throws IOException {
    return format == ImageFormat.GIF ? new GifPicture(bytes).read() : readByReader();
  }

  private BufferedImage readByReader() throws IOException {
    ImageReader reader = reader(format);
    try (ImageInputStream input = new StoredBytes(bytes)) {
      reader.setInput(input, true, true);
      List<String> warnings = new ArrayList<>();
      reader.addIIOReadWarningListener((source, warning) -> warnings.add(warning));
      BufferedImage image = reader.read(0);
      for (String warning : warnings) {
        if (MADE_UP.stream().anyMatch(warning.toLowerCase(Locale.ROOT)::contains)) {
          throw new EOFException(warning);
        }
      }
      return image;
    } finally {
      reader.dispose();
    }
  }

  private static ImageReader reader(ImageFormat format) throws IOException {
    // Not all of Spark's class loaders find plug-ins in an application's jar.
    return format == ImageFormat.WEBP
        ? new WebPImageReaderSpi().createReaderInstance(null)
        : ImageIO.getImageReadersByFormatName(format.name()).next();
  }
}
