package org.sparklora.data;

import java.util.List;
import java.util.Optional;

/**
 * A row of the data set.
 *
 * @param id its number in the data set
 * @param image the picture's file content; empty where the row has none
 * @param captions empty where the row has none
 */
public record ImageRow(long id, Optional<byte[]> image, List<String> captions) {}
