/**
 * Groups of flags that several kinds of commands share, and the values they are made of.
 *
 * <p>Examples are the model, the hub's cache, pictures to draw and where output goes. Each group
 * checks its own flags and turns them into a record of the packages below. Flags of training alone
 * belong to {@code cli.training}.
 */
package org.sparklora.cli.option;
