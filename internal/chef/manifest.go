package chef

import (
	"encoding/json"
	"slices"
)

// Manifest is a stored manifest made ready to be served any number of times:
// JSON text, and the places in it where the URL of a file goes. It is
// immutable.
type Manifest struct {
	text []byte
	gaps []gap
}

// gap is a place in a Manifest's text that takes the URL of a file.
type gap struct {
	at       int
	checksum string
}

// ManifestForm is one of the ways to serve a manifest.
type ManifestForm struct {
	// AllFiles lists all files in one list, as API version 2 does.
	AllFiles bool

	// Minimal leaves out the metadata that a run does not need.
	Minimal bool

	// Artifact serves the metadata as it was uploaded, and no json_class.
	Artifact bool
}

// NewManifest makes a stored cookbook version or artifact ready to be served.
func NewManifest(document []byte, form ManifestForm) (*Manifest, error) {
	f, err := ParseFields(document)
	if err != nil {
		return nil, err
	}
	m := &Manifest{text: append(make([]byte, 0, len(document)+len(document)/8), '{')}
	for _, field := range f.list {
		switch {
		case field.key == allFiles || slices.Contains(segments, field.key):
		case form.Artifact && field.key == "json_class":
		case field.key == "metadata" && !form.Artifact:
			m.key("metadata")
			m.text = append(m.text, completeMetadata(field.value, form.Minimal)...)
		default:
			m.key(field.key)
			m.text = append(m.text, field.value...)
		}
	}
	m.fileLists(f, form.AllFiles)
	m.text = append(m.text, '}')
	return m, nil
}

// completeMetadata adds what every answer has, or takes away what runs do not
// need.
func completeMetadata(raw json.RawMessage, minimal bool) []byte {
	f := splitObject(raw)
	f.Default("dependencies", "{}")
	if minimal {
		f.Delete("attributes")
		f.Delete("long_description")
	} else {
		f.Default("attributes", "{}")
		f.Default("long_description", `""`)
	}
	return f.Bytes()
}

// fileLists adds the files in the form asked for. Files of segments that the
// old form does not know are left out of it. A manifest stored in the old form
// keeps the segments that it has; converted, it has them all.
func (m *Manifest) fileLists(f *Fields, wantAllFiles bool) {
	files := manifestFiles(f)
	if wantAllFiles {
		m.list(allFiles, files, !f.Has(allFiles))
		return
	}
	for _, segment := range segments {
		if f.Has(allFiles) || f.Has(segment) {
			m.list(segment, files.in(segment), false)
		}
	}
}

// list adds a list of files; qualify puts the segment before each name.
func (m *Manifest) list(key string, files fileList, qualify bool) {
	m.key(key)
	m.text = append(m.text, '[')
	for i, f := range files {
		if i > 0 {
			m.text = append(m.text, ',')
		}
		name, _ := f.entry.String("name")
		switch {
		case qualify:
			name = f.segment + "/" + f.name
		case key != allFiles:
			name = f.name
		}
		m.file(f, name)
	}
	m.text = append(m.text, ']')
}

func (m *Manifest) file(f file, name string) {
	f.entry.SetString("name", name)
	f.entry.Delete("url")
	entry := f.entry.Bytes()
	m.text = append(m.text, entry[:len(entry)-1]...)
	m.text = append(m.text, `,"url":"`...)
	m.gaps = append(m.gaps, gap{len(m.text), f.checksum()})
	m.text = append(m.text, `"}`...)
}

func (m *Manifest) key(key string) {
	if len(m.text) > 1 {
		m.text = append(m.text, ',')
	}
	m.text = append(m.text, Quote(key)...)
	m.text = append(m.text, ':')
}

// Append appends the manifest to dst; url appends the URL of a file, which
// must need no escape in JSON.
func (m *Manifest) Append(dst []byte, url func(dst []byte, checksum string) []byte) []byte {
	from := 0
	for _, g := range m.gaps {
		dst = append(dst, m.text[from:g.at]...)
		dst = url(dst, g.checksum)
		from = g.at
	}
	return append(dst, m.text[from:]...)
}

// Files is the number of files, and so of calls that Append makes.
func (m *Manifest) Files() int { return len(m.gaps) }

// Size is the length of the text without URLs, in bytes.
func (m *Manifest) Size() int { return len(m.text) }
