"""The exercises of module 02: planes and networks that squeeze an image, and random codes.

Bourlard & Kamp 1988; Baldi & Hornik 1989 (a linear autoencoder is PCA); Hinton & Salakhutdinov 2006
(deep ones); Vincent et al. 2008 (denoising).
"""

from dgm_course.exercises.autoencoders_building import MAKE_AUTOENCODER
from dgm_course.exercises.autoencoders_sampling import ACCEPTANCE_RATE, SAMPLE_BOX
from dgm_course.exercises.autoencoders_subspaces import PCA_RECONSTRUCTION, PRINCIPAL_ANGLES
from dgm_course.exercises.autoencoders_training import DENOISING_LOSS, TRAINING_STEP
from dgm_course.exercises.lab import Lab

LAB = Lab(
    "02_autoencoders",
    (
        PCA_RECONSTRUCTION,
        MAKE_AUTOENCODER,
        TRAINING_STEP,
        PRINCIPAL_ANGLES,
        DENOISING_LOSS,
        SAMPLE_BOX,
        ACCEPTANCE_RATE,
    ),
)
check = LAB.check
