/**
 * Pictures with captions inside larger files: the samples of WebDataset's tars, and the rows of
 * Arrow files as {@code datasets} saves them.
 *
 * <p>Start with {@link org.sparklora.data.container.ContainerForm}. The driver reads where each
 * picture lies and what its captions are; a task then reads the picture's bytes alone.
 */
package org.sparklora.data.container;
