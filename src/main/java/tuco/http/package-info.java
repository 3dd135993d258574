/** The HTTP side: routes, the gate, requests and answers. The only user of Vert.x. */
@NullMarked
package tuco.http;

import org.jspecify.annotations.NullMarked;
