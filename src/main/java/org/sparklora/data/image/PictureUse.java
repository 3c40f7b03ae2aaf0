package org.sparklora.data.image;

/**
 * A use of a decoded picture. It tells beforehand how much memory it takes, so that a picture that
 * it cannot work with is refused before it is decoded.
 */
public interface PictureUse<T> {
  /**
   * The most bytes that are held beside the picture itself.
   *
   * @throws UndecodableImageException when a picture of this size cannot be used
   */
  long bytes(Size picture) throws UndecodableImageException;

  /** Uses the picture. */
  T make(Pixels picture);
}
