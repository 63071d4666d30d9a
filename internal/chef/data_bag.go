package chef

// ParseDataBag returns the name of the bag to create; other keys are ignored.
func ParseDataBag(body []byte) (string, error) {
	f, err := ParseFields(body)
	if err != nil {
		return "", err
	}
	return checkName(f, "name", "", ValidColonName)
}

// DataBagItem is an entry of a data bag: any JSON object with an id.
type DataBagItem struct {
	ID string

	// Document is the item exactly as it is stored and served.
	Document []byte

	fields *Fields
}

// ParseDataBagItem validates an item, which may come wrapped as a
// Chef::DataBagItem. id is that of the URL on an update and empty on a
// creation.
func ParseDataBagItem(body []byte, id string) (*DataBagItem, error) {
	f, err := ParseFields(body)
	if err != nil {
		return nil, err
	}
	if class, _ := f.String("json_class"); class == "Chef::DataBagItem" {
		if raw, ok := f.Get("raw_data"); ok {
			if !IsObject(raw) {
				return nil, InvalidField("raw_data")
			}
			f = splitObject(raw)
		}
	}
	item := &DataBagItem{fields: f}
	if item.ID, err = checkNamed(f, "id", id, "DataBagItem"); err != nil {
		return nil, err
	}
	item.Document = f.Bytes()
	return item, nil
}

// Echo returns the answer to a write: the item with its type and bag, which
// replace keys of the same name in the answer only.
func (i *DataBagItem) Echo(bag string) []byte {
	f := Fields{list: append([]field(nil), i.fields.list...)}
	f.Set("chef_type", []byte(`"data_bag_item"`))
	f.SetString("data_bag", bag)
	return f.Bytes()
}

// WrapDataBagItem returns the form of an item in search results and in the
// answer to its deletion.
func WrapDataBagItem(bag, id string, document []byte) []byte {
	before, after := AroundDataBagItem(bag, id)
	return append(append(before, document...), after...)
}

// AroundDataBagItem returns what WrapDataBagItem puts before and behind an
// item's document.
func AroundDataBagItem(bag, id string) (before, after []byte) {
	var f Fields
	f.SetString("name", "data_bag_item_"+bag+"_"+id)
	f.Set("json_class", []byte(`"Chef::DataBagItem"`))
	f.Set("chef_type", []byte(`"data_bag_item"`))
	f.SetString("data_bag", bag)
	f.Set("raw_data", nil)
	wrapped := f.Bytes()
	return wrapped[:len(wrapped)-1], []byte{'}'}
}
