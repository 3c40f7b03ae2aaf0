package org.sparklora.data.image;

/**
 * What is made of a picture once it is decoded. It says beforehand how much memory that takes, so
 * that a picture from which nothing can be made is refused before it is decoded.
 */
public interface PictureUse<T> {
  /**
   * How many bytes are held at most beside the picture itself.
   *
   * @throws UndecodableImageException when it cannot be made of a picture of this size
   */
  long bytes(Size picture) throws UndecodableImageException;

  /** Makes it. */
  T make(Pixels picture);
}
