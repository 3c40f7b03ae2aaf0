/**
 * CLIP's text model.
 *
 * <p>Start with {@link org.sparklora.nn.text.ClipTextModel}.
 */
package org.sparklora.nn.text;
