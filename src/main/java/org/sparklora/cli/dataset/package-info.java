/**
 * Groups of flags that say which pictures and captions a command reads, and how it crops them.
 *
 * <p>Start with {@link org.sparklora.cli.dataset.DataOptions}. What is done with the pictures
 * belongs to {@code cli.training}.
 */
package org.sparklora.cli.dataset;
