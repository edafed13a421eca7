//! Defaults, then the configuration file, then the environment, then flags: one typed [`Config`].
