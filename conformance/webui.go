package conformance

import (
	"testing"
	"time"
)

// testWebUI: the web console signs with its own key, in a user's name.
func testWebUI(t *testing.T, o *org) {
	console := func(a actor) actor {
		return a.withKey(o.target.WebUIKey).with("X-Ops-Request-Source", "web")
	}
	for _, version := range signatures {
		for _, who := range []actor{o.user, o.client, o.super} {
			console(who).signs(version).Get("/nodes").Want(t, 200, "")
		}
		console(o.user).signs(version).Post("/roles", `{"name":"r1"}`).WantCreated(t, "$org/roles/r1")
		console(o.client).signs(version).Delete("/roles/r1").WantMissing(t, "delete")
		console(o.user).signs(version).Delete("/roles/r1").Want(t, 200, "")
	}
	web := console(o.user)
	web.with("X-Ops-Webkey-Tag", "default").Get("/nodes").Want(t, 200, "")
	console(o.super).Get("$root/users").Want(t, 200, "")
	web.Get("$root/users").WantMissing(t, "read")
	console(o.outsider).Get("/nodes").WantError(t, 403, "'$outsider' not associated with organization '$O'")
	console(o.stranger).Get("/nodes").WantError(t, 401, "Failed to authenticate as '$stranger'. Ensure that your node_name and client key are correct.")
	console(o.client).Get("$root/users").Want(t, 401, "")

	// Nobody's own key opens this door, and the console's key opens no other.
	invalid := "Invalid signature for user or client '$user'"
	o.user.with("X-Ops-Request-Source", "web").Get("/nodes").WantError(t, 401, invalid)
	o.user.withKey(o.target.WebUIKey).Get("/nodes").WantError(t, 401, invalid)
	o.user.withKey(o.target.WebUIKey).with("X-Ops-Request-Source", "other").Get("/nodes").WantError(t, 401, invalid)
	web.at(-time.Hour).Get("/nodes").Want(t, 401, "")
	web.signs("1.0").set("X-Ops-Content-Hash", "nope").Get("/nodes").WantError(t, 401, invalid)
	web.remove("X-Ops-Timestamp").Get("/nodes").Want(t, 400, "")
}
