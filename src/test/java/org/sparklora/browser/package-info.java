/** A real browser, told what to do by the DevTools protocol. */
package org.sparklora.browser;
