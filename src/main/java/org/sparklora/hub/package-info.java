/** The Hugging Face Hub: what is read from it and what is published to it, over HTTP. */
package org.sparklora.hub;
