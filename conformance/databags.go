package conformance

import "testing"

func testDataBags(t *testing.T, o *org) {
	o.parts(t, []noun{
		{"bag", bagLife},
		{"bag validation", bagValidation},
		{"item", itemLife},
		{"item validation", itemValidation},
		{"item wrapping", itemWrapping},
		{"item permissions", itemPermissions},
	})
}

func bagLife(t *testing.T, o *org) {
	const missing = "Cannot load data bag b1"
	bag := `{"name":"b1","json_class":"Chef::DataBag","chef_type":"data_bag"}`
	o.user.Get("/data").Want(t, 200, `{}`)
	o.user.Post("/data", `{"name":"b1","ignored":[1]}`).WantCreated(t, "$org/data/b1")
	o.user.Post("/data", bag).WantError(t, 409, "Data bag already exists")
	o.user.Get("/data").Want(t, 200, `{"b1":"$org/data/b1"}`)
	o.user.Get("/data/b1").Want(t, 200, `{}`)
	o.user.Put("/data/b1", bag).WantNotAllowed(t, "GET, POST, DELETE")
	o.user.Post("/data/b1", `{"id":"i1"}`).Ok(t)
	o.user.Delete("/data/b1").Want(t, 200, bag)
	o.user.Get("/data/b1").WantError(t, 404, missing)
	o.user.Delete("/data/b1").WantError(t, 404, missing)
	// Its items went with it.
	o.user.Post("/data", bag).WantCreated(t, "$org/data/b1")
	o.user.Get("/data/b1").Want(t, 200, `{}`)
	o.user.Get("/data/b1/i1").WantError(t, 404, "Cannot load data bag item i1 for data bag b1")
	o.user.Delete("/data/b1").Ok(t)
}

func bagValidation(t *testing.T, o *org) {
	o.user.rejects(t, "POST", "/data", []refusal{
		{``, "invalid JSON"},
		{`{"name"`, "invalid JSON"},
		{`{}`, "Field 'name' missing"},
		{`{"name":""}`, "Field 'name' invalid"},
		{`{"name":"a b"}`, "Field 'name' invalid"},
		{`{"name":1}`, "Field 'name' invalid"},
	})
	for _, name := range []string{"a.b", "a:b", "A_b-1"} {
		o.let("N", name)
		o.user.Post("/data", `{"name":"$N"}`).WantCreated(t, "$org/data/$N")
		o.user.Delete("/data/$N").Ok(t)
	}
}

func itemLife(t *testing.T, o *org) {
	o.user.Post("/data", `{"name":"b1"}`).Ok(t)
	item := `{"id":"i1","a":{"b":[1,"ü",null]},"chef_type":"mine","data_bag":"mine too"}`
	answer := `{"id":"i1","a":{"b":[1,"ü",null]},"chef_type":"data_bag_item","data_bag":"b1"}`
	o.user.Post("/data/b1", item).Want(t, 201, answer).Location(t, "$org/data/b1")
	o.user.Post("/data/b1", item).WantError(t, 409, "Data Bag Item 'i1' already exists in Data Bag 'b1'.")
	o.user.Get("/data/b1").Want(t, 200, `{"i1":"$org/data/b1/i1"}`)
	o.user.Get("/data/b1/i1").Want(t, 200, item)
	o.user.Put("/data/b1/i1", `{"id":"i1","c":1}`).Want(t, 200, `{"id":"i1","c":1,"chef_type":"data_bag_item","data_bag":"b1"}`)
	o.user.Get("/data/b1/i1").Want(t, 200, `{"id":"i1","c":1}`)
	o.user.Delete("/data/b1/i1").Want(t, 200, `{"name":"data_bag_item_b1_i1","json_class":"Chef::DataBagItem",
		"chef_type":"data_bag_item","data_bag":"b1","raw_data":{"id":"i1","c":1}}`)

	const missing = "Cannot load data bag item i1 for data bag b1"
	o.user.Get("/data/b1/i1").WantError(t, 404, missing)
	o.user.Put("/data/b1/i1", `{"id":"i1"}`).WantError(t, 404, missing)
	o.user.Delete("/data/b1/i1").WantError(t, 404, "Cannot load data bag b1 item i1")
	o.user.Post("/data/b0", `{"id":"i1"}`).WantError(t, 404,
		"No data bag 'b0' could be found. Please create this data bag before adding items to it.")
	o.user.Put("/data/b0/i1", `{"id":"i1"}`).WantError(t, 404, "Cannot load data bag item i1 for data bag b0")
	o.user.Delete("/data/b1").Ok(t)
}

func itemValidation(t *testing.T, o *org) {
	o.user.Post("/data", `{"name":"b1"}`).Ok(t)
	o.user.rejects(t, "POST", "/data/b1", []refusal{
		{``, "invalid JSON"},
		{`{`, "invalid JSON"},
		{`{}`, "Field 'id' missing"},
		{`{"name":"i1"}`, "Field 'id' missing"},
		{`{"id":""}`, "Field 'id' invalid"},
		{`{"id":"a b"}`, "Field 'id' invalid"},
		{`{"id":1}`, "Field 'id' invalid"},
		{`{"id":null}`, "Field 'id' invalid"},
		{`{"json_class":"Chef::DataBagItem","raw_data":{}}`, "Field 'id' missing"},
		{`{"json_class":"Chef::DataBagItem","raw_data":{"id":"a b"}}`, "Field 'id' invalid"},
	})
	o.user.Get("/data/b1").Want(t, 200, `{}`)
	o.user.Post("/data/b1", `{"id":"i1"}`).Ok(t)
	o.user.rejects(t, "PUT", "/data/b1/i1", []refusal{
		{``, "invalid JSON"},
		{`{"id":"i2"}`, "DataBagItem name mismatch."},
	})
	for _, id := range []string{"a.b", "a:b", "A_b-1"} {
		o.let("N", id)
		o.user.Post("/data/b1", `{"id":"$N"}`).Want(t, 201, `{"id":"$N","<more>":0}`)
		o.user.Get("/data/b1/$N").Want(t, 200, `{"id":"$N"}`)
	}
	o.user.Delete("/data/b1").Ok(t)
}

// itemWrapping is how knife sends items: inside the JSON of Chef::DataBagItem.
func itemWrapping(t *testing.T, o *org) {
	wrap := func(item string) string {
		return `{"name":"data_bag_item_b1_i1","json_class":"Chef::DataBagItem","chef_type":"data_bag_item","data_bag":"b1","raw_data":` + item + `}`
	}
	o.user.Post("/data", `{"name":"b1"}`).Ok(t)
	o.user.Post("/data/b1", wrap(`{"id":"i1","a":1}`)).Want(t, 201, `{"id":"i1","a":1,"chef_type":"data_bag_item","data_bag":"b1"}`)
	o.user.Get("/data/b1/i1").Want(t, 200, `{"id":"i1","a":1}`)
	o.user.Put("/data/b1/i1", wrap(`{"id":"i1","a":2}`)).Want(t, 200, `{"id":"i1","a":2,"chef_type":"data_bag_item","data_bag":"b1"}`)
	o.user.Get("/data/b1/i1").Want(t, 200, `{"id":"i1","a":2}`)
	// Only both together make a wrapping.
	o.user.Post("/data/b1", `{"id":"i2","raw_data":{"id":"i3"}}`).Want(t, 201, `{"id":"i2","raw_data":{"id":"i3"},"chef_type":"data_bag_item","data_bag":"b1"}`)
	o.user.Get("/data/b1/i2").Want(t, 200, `{"id":"i2","raw_data":{"id":"i3"}}`)
	o.user.Delete("/data/b1").Ok(t)
}

// itemPermissions: items have none of their own, the bag's count.
func itemPermissions(t *testing.T, o *org) {
	o.super.Post("/data", `{"name":"b1"}`).Ok(t)
	put := func() { o.super.Post("/data/b1", `{"id":"i1"}`) }
	drop := func() { o.super.Delete("/data/b1/i1") }
	o.grants(t, []access{
		{"POST", "/data/b1", `{"id":"i1"}`, 201, "super admin user", "create", drop},
	})
	put()
	o.grants(t, []access{
		{"GET", "/data/b1/i1", "", 200, "super admin user client validator", "read", nil},
		{"PUT", "/data/b1/i1", `{"id":"i1"}`, 200, "super admin user", "update", nil},
		{"DELETE", "/data/b1/i1", "", 200, "super admin user", "delete", put},
	})
	for _, perm := range []string{"create", "read", "update", "delete"} {
		o.super.Put("/data/b1/_acl/"+perm, `{"`+perm+`":{"actors":["$super"],"groups":[]}}`).Ok(t)
	}
	o.user.Get("/data/b1/i1").WantMissing(t, "read")
	o.user.Put("/data/b1/i1", `{"id":"i1"}`).WantMissing(t, "update")
	o.user.Delete("/data/b1/i1").WantMissing(t, "delete")
	o.user.Post("/data/b1", `{"id":"i2"}`).WantMissing(t, "create")
	o.user.Get("/data/b1").WantMissing(t, "read")
	o.user.Delete("/data/b1").WantMissing(t, "delete")
	o.super.Delete("/data/b1").Ok(t)
}
