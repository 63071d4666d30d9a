package haverify_test

import (
	"testing"

	"tournant/internal/aws"
)

// attach gives the volume to an instance.
func attach(t *testing.T, api, instance string) {
	t.Helper()
	c, err := aws.New(t.Context(), aws.Config{Region: "us-west-1", Endpoint: api, Keys: aws.Keys{AccessKeyID: "AKIDEXAMPLE", SecretAccessKey: "hush"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, _, err := c.AttachVolume(t.Context(), aws.AttachRequest{VolumeID: volumeID, InstanceID: instance, Device: "/dev/sdf"}); err != nil {
		t.Fatal(err)
	}
}
