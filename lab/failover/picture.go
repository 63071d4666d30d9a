package failover

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tournant/lab/timeline"
)

// Keep writes what happened in a run into a directory, in the place of what
// happened in an earlier run of its row. "" is nowhere.
func Keep(dir string, r *Result) error {
	if dir == "" || r.Timeline == nil {
		return nil
	}
	profile, err := FindProfile(r.Profile)
	if err != nil {
		return err
	}
	r.Timeline.Note = fmt.Sprintf("One run of commit %s on %s: %s. In the whole run %d writes were acknowledged; %d are lost.", r.Commit, r.At.UTC().Format("2006-01-02"), profile, r.Acknowledged, r.Lost)
	var b bytes.Buffer
	if err := errors.Join(r.Timeline.Write(&b), os.MkdirAll(dir, 0o755)); err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, r.Row+".json"), b.Bytes(), 0o644)
}

// Draw draws what a directory keeps: ROW.json becomes failover-ROW.svg. "" is
// nothing.
func Draw(dir, images string) error {
	if dir == "" {
		return nil
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return err
	}
	for _, file := range files {
		row := strings.TrimSuffix(filepath.Base(file), ".json")
		if err := draw(file, filepath.Join(images, "failover-"+row+".svg")); err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
	}
	return nil
}

func draw(file, image string) error {
	in, err := os.Open(file)
	if err != nil {
		return err
	}
	defer in.Close()
	r, err := timeline.Read(in)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := errors.Join(timeline.SVG(&b, r), os.MkdirAll(filepath.Dir(image), 0o755)); err != nil {
		return err
	}
	return os.WriteFile(image, b.Bytes(), 0o644)
}
