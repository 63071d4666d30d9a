package chef

import (
	"bytes"
	"encoding/json"
	"path"
	"slices"
	"strings"
)

// segments are the lists of files of a manifest before API version 2.
var segments = []string{
	"attributes", "definitions", "files", "libraries", "providers", "recipes", "resources", rootFiles, "templates",
}

const (
	allFiles  = "all_files" // the one list of files since API version 2
	rootFiles = "root_files"
)

func fileLists(hasAllFiles bool) []string {
	if hasAllFiles {
		return []string{allFiles}
	}
	return segments
}

// checkFiles requires the list at key, if it is there, to be an array of
// objects with these strings.
func checkFiles(f *Fields, key string, required ...string) error {
	raw, ok := f.Get(key)
	if !ok {
		return nil
	}
	if !IsArray(raw) {
		return InvalidField(key)
	}
	for _, item := range splitArray(raw) {
		if !isFile(item, required) {
			return Errorf(Invalid, "Invalid element in array value of '%s'.", key)
		}
	}
	return nil
}

func isFile(item json.RawMessage, required []string) bool {
	if !IsObject(item) {
		return false
	}
	file := splitObject(item)
	return !slices.ContainsFunc(required, func(key string) bool {
		_, ok := file.String(key)
		return !ok
	})
}

// splitArray takes a valid JSON array apart.
func splitArray(raw json.RawMessage) []json.RawMessage {
	raw = bytes.TrimSpace(raw)
	var items []json.RawMessage
	for i := skipBlank(raw, 1); raw[i] != ']'; i = skipBlank(raw, i) {
		end := skipValue(raw, i)
		items = append(items, raw[i:end:end])
		if i = skipBlank(raw, end); raw[i] == ',' {
			i = skipBlank(raw, i+1)
		}
	}
	return items
}

// file is an entry of a manifest. Its segment and the name in it do not depend
// on the form of the manifest.
type file struct {
	segment string
	name    string
	entry   *Fields
}

type fileList []file

// manifestFiles returns the files of a checked manifest of either form.
func manifestFiles(f *Fields) fileList {
	var files fileList
	if raw, ok := f.Get(allFiles); ok {
		for _, item := range splitArray(raw) {
			entry := splitObject(item)
			name, _ := entry.String("name")
			segment, rest, found := strings.Cut(name, "/")
			if !found {
				segment, rest = rootFiles, name
			}
			files = append(files, file{segment, rest, entry})
		}
		return files
	}
	for _, segment := range segments {
		raw, ok := f.Get(segment)
		if !ok {
			continue
		}
		for _, item := range splitArray(raw) {
			entry := splitObject(item)
			name, _ := entry.String("name")
			files = append(files, file{segment, name, entry})
		}
	}
	return files
}

func (l fileList) in(segment string) fileList {
	var files fileList
	for _, f := range l {
		if f.segment == segment {
			files = append(files, f)
		}
	}
	return files
}

func (f file) checksum() string {
	sum, _ := f.entry.String("checksum")
	return sum
}

// manifestChecksums returns the checksums in all lists of a checked manifest,
// sorted, each once. An artifact may have lists of both forms.
func manifestChecksums(f *Fields) []string {
	sums := []string{}
	for _, key := range append([]string{allFiles}, segments...) {
		raw, ok := f.Get(key)
		if !ok {
			continue
		}
		for _, item := range splitArray(raw) {
			sums = append(sums, file{entry: splitObject(item)}.checksum())
		}
	}
	slices.Sort(sums)
	return slices.Compact(sums)
}

// recipes returns the recipes as run lists name them: the default one is the
// cookbook's name, others stand behind it.
func (l fileList) recipes(cookbook string) []string {
	names := []string{}
	for _, f := range l.in("recipes") {
		name := strings.TrimSuffix(path.Base(f.name), ".rb")
		if name == "default" {
			names = append(names, cookbook)
		} else {
			names = append(names, cookbook+"::"+name)
		}
	}
	slices.Sort(names)
	return names
}
