"""What people and judges read, write and decide. It knows no torch, and nothing of training or pages."""
