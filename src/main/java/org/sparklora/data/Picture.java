package org.sparklora.data;

import java.io.Serializable;

/**
 * A picture that is a file of its own.
 *
 * @param path its full path
 * @param name its path below the data set's folder
 * @param captions known, or in a text file
 * @param identity of its content and its captions'
 */
record Picture(String path, String name, Captions captions, String identity)
    implements Serializable {
  private static final long serialVersionUID = 1L;
}
